/**
 * The engine: what stands when the browser does, with or without a view. It is put together here from its parts;
 * what each part does is in its own file.
 */
import { loadCrypto } from '@aside/wasm-crypto';
import {
  type AppSnapshot,
  BridgeError,
  type Command,
  type CommandResults,
  type ProposedInvite,
  type Settings,
  type Snapshots,
  type Watch,
} from '../bridge/types.ts';
import { inviteLink, readInviteLink } from './address.ts';
import { type Clock, systemClock } from './clock.ts';
import { Commands, type Running } from './commands.ts';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { type Contact, Contacts, UnknownContact } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { Inbox } from './inbox.ts';
import { Invites, readInviteAt } from './invites.ts';
import { Live } from './live.ts';
import { Sockets } from './mail/sockets.ts';
import { Outbox } from './outbox.ts';
import { cleanName, createProfile, loadProfile, type Me } from './profile.ts';
import { REREAD_AFTER, Reading } from './reading.ts';
import { detach, report } from './report.ts';
import { checkServer, serverAddress } from './servers.ts';
import type { Shell } from './shell.ts';
import { readySnapshot } from './snapshot.ts';
import { Database, StorageError } from './storage/database.ts';
import { unlockVault } from './storage/vault.ts';
import { Watchers } from './watchers.ts';

export interface EngineOptions {
  readonly shell: Shell;
  /** From the build setting; absent where there is none. */
  readonly defaultServer?: string;
  readonly clock?: Clock;
  readonly databaseName?: string;
  readonly connect?: (address: string, subprotocol: string) => WebSocket;
  readonly makePeer?: (options: PeerOptions) => Peer;
}

type Phase =
  | { readonly kind: 'starting' | 'newer-data' | 'storage-failed' }
  | { readonly kind: 'first-run'; readonly database: Database }
  | ({ readonly kind: 'ready'; readonly commands: Commands } & Running);

export class Engine {
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  #phase: Phase = { kind: 'starting' };
  #me: Me | undefined;
  #proposed: ProposedInvite | undefined;
  #views = 0;
  #elsewhere = false;
  #updating = false;
  /** Resolves when the start is over, however it went; views that are there earlier wait for it. */
  #started: Promise<void> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#watchers = new Watchers({
      app: () => this.#appSnapshot(),
      conversation: (contactId, limit) => this.#ready().conversations.snapshot(contactId, limit),
      looking: (contactId, looking) => {
        if (this.#phase.kind === 'ready' && this.#phase.contacts.has(contactId)) {
          this.#phase.live.want(contactId, looking);
          if (!looking) this.#phase.conversations.forget(contactId);
        }
      },
    });
  }

  /** Opens the storage and, where there is an identity, connects. Never rejects: the snapshot tells. */
  start(): Promise<void> {
    this.#started = this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    try {
      await loadCrypto();
      const database = await Database.open(this.#options.databaseName);
      await unlockVault(database);
      const me = await loadProfile(database);
      if (me === undefined) this.#phase = { kind: 'first-run', database };
      else await this.#run(database, me);
    } catch (error) {
      const newer = error instanceof StorageError && error.code === 'newer-data';
      this.#phase = { kind: newer ? 'newer-data' : 'storage-failed' };
      report(error);
    }
    this.#watchers.appChanged();
  }

  watch<W extends Watch>(watch: W, tell: (snapshot: Snapshots[W['topic']]) => void): () => void {
    return this.#watchers.add(watch, tell as (snapshot: Snapshots[Watch['topic']]) => void);
  }

  /** How many views are open: with none, news goes to a notification. */
  viewsOpen(count: number): void {
    this.#views = count;
    if (count === 0 && this.#updating) this.#options.shell.reload();
  }

  /** The toolbar button was pressed on a tab with this address. Returns whether it is an invite that can be accepted. */
  propose(address: string): boolean {
    const link = readInviteLink(address);
    if (link === undefined) return false;
    try {
      const { invite, server } = readInviteAt(link, this.#clock.now());
      this.#proposed = { link: inviteLink(server, link.text), server, expiresAt: invite.expires * 1000 };
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      return false;
    }
    this.#watchers.appChanged();
    return true;
  }

  /** A new version waits: it starts as soon as no view is open. */
  updateAvailable(): void {
    this.#updating = true;
    this.#watchers.appChanged();
    if (this.#views === 0) this.#options.shell.reload();
  }

  /** The network came back, or the computer woke up. */
  online(): void {
    if (this.#phase.kind === 'ready') this.#phase.sockets.retry();
  }

  /** Ends everything that runs; for tests and for an update. */
  stop(): void {
    if (this.#phase.kind !== 'ready') return;
    const { contacts, live, sockets, database } = this.#phase;
    for (const contact of contacts.all()) live.end(contact.id);
    sockets.stop();
    database.close();
    this.#phase = { kind: 'starting' };
  }

  /** Does what a view asks. Rejects with a {@link BridgeError}. */
  async handle<C extends Command>(command: C): Promise<CommandResults[C['type']]> {
    try {
      await this.#started;
      return (await this.#do(command)) as CommandResults[C['type']];
    } catch (error) {
      if (error instanceof BridgeError) throw error;
      if (error instanceof UnknownContact) throw new BridgeError('unknown-contact');
      if (error instanceof StorageError && error.code === 'storage-full')
        throw new BridgeError('storage-full');
      report(error);
      throw new BridgeError('internal');
    }
  }

  async #do(command: Command): Promise<CommandResults[Command['type']]> {
    switch (command.type) {
      case 'begin':
        await this.#begin(command.name, command.server);
        return {};
      case 'check-server':
        return checkServer(command.server);
      case 'read-invite':
        return this.#readInvite(command.text);
      case 'dismiss-proposed-invite':
        this.#proposed = undefined;
        this.#watchers.appChanged();
        return {};
      default:
        return this.#ready().commands.do(command);
    }
  }

  async #begin(name: string, server: string): Promise<void> {
    const before = this.#phase;
    if (before.kind !== 'first-run') throw new BridgeError('not-ready');
    const settings: Settings = {
      name: cleanName(name),
      server: serverAddress(server),
      relayOnly: false,
      notifications: true,
      openAs: 'panel',
    };
    // At once, or a second press would make a second identity over the first.
    this.#phase = { kind: 'starting' };
    try {
      await this.#run(before.database, await createProfile(before.database, settings));
    } catch (error) {
      this.#phase = before;
      throw error;
    }
    this.#watchers.appChanged();
  }

  #readInvite(text: string): ProposedInvite {
    const link = readInviteLink(text);
    const server = this.#me?.settings.server ?? this.#options.defaultServer;
    if (link === undefined && server === undefined) throw new BridgeError('invite-damaged');
    const found = link ?? { server: server as string, text: text.trim() };
    const { invite } = readInviteAt(found, this.#clock.now());
    return {
      link: inviteLink(found.server, found.text),
      server: found.server,
      expiresAt: invite.expires * 1000,
    };
  }

  async #run(database: Database, me: Me): Promise<void> {
    this.#me = me;
    const clock = this.#clock;
    const contacts = new Contacts(database);
    await contacts.load();
    const sockets = new Sockets(
      {
        state: (_server, state) => {
          this.#watchers.appChanged();
          if (state.state === 'online') outbox.pumpAll();
        },
        opened: (mailbox, waiting) => invites.opened(mailbox, waiting),
        envelope: (mailbox, envelope, acknowledge) => detach(reading.receive(mailbox, envelope, acknowledge)),
        live: (mailbox, envelope) => {
          const contact = reading.contactOf(mailbox);
          if (contact !== undefined) live.receive(contact, envelope);
        },
        taken: (mailbox) => reading.taken(mailbox),
      },
      clock,
      this.#options.connect,
    );
    const live = new Live({
      contacts,
      clock,
      me: () => this.#meReady().identity,
      relayOnly: () => this.#meReady().settings.relayOnly,
      turn: async (contact) => {
        // A relay is for those who read a mailbox there, which on the server of the settings nobody may do yet.
        const servers = [this.#meReady().settings.server, ...contact.row.read.map(({ server }) => server)];
        for (const server of new Set(servers)) {
          const credentials = await sockets.turn(server);
          if (credentials !== undefined) return credentials;
        }
        return undefined;
      },
      pass: (contact, envelope) => sockets.to(contact.row.write.server).live(contact.row.write.id, envelope),
      envelope: (contactId, envelope) => {
        inbox.receive(contactId, envelope).catch((error: unknown) => {
          report(error);
          // On a new connection the contact sends again what I have not confirmed.
          clock.after(REREAD_AFTER, () => live.rebuild(contactId));
        });
      },
      changed: () => this.#watchers.appChanged(),
      connected: (contactId) => outbox.connected(contactId),
      disconnected: (contactId) => outbox.disconnected(contactId),
      ...(this.#options.makePeer === undefined ? {} : { makePeer: this.#options.makePeer }),
    });
    const outbox = new Outbox({
      database,
      contacts,
      clock,
      overConnection: (contactId, envelope) => live.send(contactId, envelope),
      isConnected: (contactId) => live.isOpen(contactId),
      toMailbox: (contactId, envelope) => {
        const { write } = contacts.get(contactId).row;
        return sockets.to(write.server).store(write.id, envelope);
      },
      retention: (contactId) => {
        const seconds = sockets.retentionOf(contacts.get(contactId).row.write.server);
        return seconds === undefined ? undefined : seconds * 1000;
      },
      changed: (contactId) => this.#watchers.conversationChanged(contactId),
      reachedMailbox: (contactId) => {
        if (contacts.has(contactId)) invites.finishAccepting(contacts.get(contactId));
      },
    });
    const inbox = new Inbox({
      contacts,
      outbox,
      clock,
      agreedTo: (server) =>
        server === this.#meReady().settings.server ||
        contacts.all().some(({ row }) => row.read.some((mailbox) => mailbox.server === server)),
      changed: (contactId, texts) => {
        const contact = contacts.get(contactId);
        if (contact.hold.until > clock.now()) {
          clock.after(contact.hold.until - clock.now() + 1, () =>
            this.#watchers.conversationChanged(contactId),
          );
        }
        this.#watchers.conversationChanged(contactId);
        live.encourage(contactId);
        if (texts.length > 0) this.#news(contact);
      },
      moved: (contactId) => reading.sync(contacts.get(contactId)),
    });
    const invites: Invites = new Invites({
      database,
      contacts,
      outbox,
      inbox,
      sockets,
      clock,
      me: () => {
        const { keys, settings } = this.#meReady();
        return { keys, name: settings.name, server: settings.server };
      },
      changed: () => this.#watchers.appChanged(),
      contactMade: (contact, accepted) => {
        reading.sync(contact);
        this.#watchers.revisit(contact.id);
        if (accepted === 'mine') this.#notify(contact, 'accepted');
      },
    });
    const reading: Reading = new Reading({
      contacts,
      inbox,
      invites,
      sockets,
      clock,
      takenOver: () => {
        this.#elsewhere = true;
        sockets.pause();
        this.#watchers.appChanged();
      },
    });
    await outbox.load();
    await invites.load();
    const conversations = new Conversations(database, contacts, clock);
    const running: Running = {
      database,
      contacts,
      conversations,
      outbox,
      inbox,
      invites,
      live,
      sockets,
      reading,
    };
    this.#phase = { kind: 'ready', commands: this.#commands(running), ...running };
    this.#options.shell.openAs(me.settings.openAs);
    sockets.to(me.settings.server);
    for (const contact of contacts.all()) {
      reading.sync(contact);
      inbox.receiptsDue(contact.id);
    }
    invites.start();
    this.#unreadChanged();
    // A view that outlived an earlier engine has been watching since before there was anything to see.
    this.#watchers.revisit();
  }

  #commands(running: Running): Commands {
    return new Commands(running, {
      clock: this.#clock,
      shell: this.#options.shell,
      me: () => this.#meReady(),
      becomes: (me) => {
        this.#me = me;
      },
      changed: () => this.#watchers.appChanged(),
      unreadChanged: () => this.#unreadChanged(),
      accepted: () => {
        this.#proposed = undefined;
        this.#watchers.appChanged();
      },
      takenBack: () => {
        this.#elsewhere = false;
      },
    });
  }

  #news(contact: Contact): void {
    this.#unreadChanged();
    this.#notify(contact, 'message');
  }

  #notify(contact: Contact, about: 'message' | 'accepted'): void {
    if (this.#views > 0 || !this.#meReady().settings.notifications) return;
    this.#options.shell.notify({ tag: contact.id, about, name: contact.name, count: contact.row.unread });
  }

  #unreadChanged(): void {
    this.#watchers.appChanged();
    if (this.#phase.kind !== 'ready') return;
    this.#options.shell.badge(this.#phase.contacts.all().reduce((sum, { row }) => sum + row.unread, 0));
  }

  #ready(): Extract<Phase, { kind: 'ready' }> {
    if (this.#phase.kind !== 'ready') throw new BridgeError('not-ready');
    return this.#phase;
  }

  #meReady(): Me {
    if (this.#me === undefined) throw new BridgeError('not-ready');
    return this.#me;
  }

  #appSnapshot(): AppSnapshot {
    const phase = this.#phase;
    const proposed = this.#proposed === undefined ? {} : { proposed: this.#proposed };
    switch (phase.kind) {
      case 'starting':
      case 'newer-data':
      case 'storage-failed':
        return { phase: phase.kind };
      case 'first-run': {
        const { defaultServer } = this.#options;
        return { phase: 'first-run', ...(defaultServer === undefined ? {} : { defaultServer }), ...proposed };
      }
      case 'ready':
        return readySnapshot({
          ...phase,
          me: this.#meReady(),
          proposed: this.#proposed,
          elsewhere: this.#elsewhere,
          updating: this.#updating,
        });
    }
  }
}
