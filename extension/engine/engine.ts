/**
 * The engine: what stands when the browser does, with or without a view. It is put together here from its parts;
 * what each part does is in its own file.
 */
import { loadCrypto, mailboxIdOf, moon } from '@aside/wasm-crypto';
import {
  type AppSnapshot,
  BridgeError,
  type Command,
  type CommandResults,
  type ConnectionView,
  type ContactView,
  type ProposedInvite,
  type ServerView,
  type Settings,
  type Snapshots,
  TEXT_MAX_BYTES,
  type Watch,
} from '../bridge/types.ts';
import { inviteLink, readInviteLink } from './address.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { type Contact, Contacts, UnknownContact } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { toHex } from './encoding.ts';
import { Inbox } from './inbox.ts';
import { Invites, readInviteAt } from './invites.ts';
import { Live } from './live.ts';
import type { Acknowledge } from './mail/socket.ts';
import { Sockets } from './mail/sockets.ts';
import { Outbox } from './outbox.ts';
import { cleanName, createProfile, loadProfile, type Me, saveSettings } from './profile.ts';
import { detach, report } from './report.ts';
import { checkServer, serverAddress } from './servers.ts';
import type { Shell } from './shell.ts';
import { Database, StorageError } from './storage/database.ts';
import { unlockVault } from './storage/vault.ts';
import { Watchers } from './watchers.ts';

/** A mailbox whose envelope could not be stored is read again after this long. */
const REREAD_AFTER = 30_000;

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
  | ({ readonly kind: 'ready' } & Running);

/** Everything that needs an identity. */
interface Running {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly invites: Invites;
  readonly live: Live;
  readonly sockets: Sockets;
}

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
  #inviteTurn: Promise<void> = Promise.resolve();
  /** The contacts' mailboxes that are read: whose, and on which server. */
  readonly #reading = new Map<string, { readonly contactId: string; readonly server: string }>();

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
  async start(): Promise<void> {
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
        return this.#doReady(command, this.#ready());
    }
  }

  async #doReady(
    command: Exclude<Command, { type: 'begin' | 'check-server' | 'read-invite' | 'dismiss-proposed-invite' }>,
    running: Running,
  ): Promise<CommandResults[Command['type']]> {
    const { contacts, conversations, inbox, invites, live, outbox, sockets } = running;
    switch (command.type) {
      case 'change-settings':
        await this.#changeSettings(command.change, running);
        return {};
      case 'create-invite':
        return { inviteId: await invites.create() };
      case 'withdraw-invite':
        await invites.withdraw(command.inviteId);
        return {};
      case 'accept-invite': {
        const contactId = await invites.accept(command.text);
        this.#proposed = undefined;
        this.#watchers.appChanged();
        return { contactId };
      }
      case 'send':
        return {
          messageId: await outbox.write(contacts.get(command.contactId).id, checkedText(command.text)),
        };
      case 'retry':
        if (!(await outbox.retry(command.contactId, command.messageId)))
          throw new BridgeError('unknown-message');
        return {};
      case 'discard':
        if (!(await outbox.discard(command.contactId, command.messageId)))
          throw new BridgeError('unknown-message');
        return {};
      case 'mark-read': {
        const news = await conversations.markRead(command.contactId, command.messageId);
        if (news === undefined) throw new BridgeError('unknown-message');
        if (news) {
          this.#options.shell.dismiss(command.contactId);
          this.#unreadChanged();
        }
        return {};
      }
      case 'rename-contact': {
        const alias = cleanName(command.name);
        await contacts.change(command.contactId, async (_tx, { row }) => {
          row.alias = alias;
        });
        this.#watchers.appChanged();
        return {};
      }
      case 'set-relay-only':
        await contacts.change(command.contactId, async (_tx, { row }) => {
          row.relayOnly = command.relayOnly;
        });
        live.rebuild(command.contactId);
        this.#watchers.appChanged();
        return {};
      case 'remove-contact':
        live.end(command.contactId);
        outbox.forget(command.contactId);
        await contacts.remove(command.contactId);
        this.#stopReading(command.contactId, sockets);
        this.#unreadChanged();
        return {};
      case 'clear-quarantine':
        return { opened: await inbox.clearQuarantine(command.contactId) };
      case 'ping': {
        const roundTrip = await live.ping(contacts.get(command.contactId).id);
        if (roundTrip === undefined) throw new BridgeError('not-connected');
        return { roundTrip };
      }
      case 'take-over':
        this.#elsewhere = false;
        sockets.resume();
        this.#watchers.appChanged();
        return {};
      case 'reconnect':
        sockets.retry();
        return {};
    }
  }

  async #begin(name: string, server: string): Promise<void> {
    if (this.#phase.kind !== 'first-run') throw new BridgeError('not-ready');
    const { database } = this.#phase;
    const settings: Settings = {
      name: cleanName(name),
      server: serverAddress(server),
      relayOnly: false,
      notifications: true,
      openAs: 'panel',
    };
    const me = await createProfile(database, settings);
    await this.#run(database, me);
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
        envelope: (mailbox, envelope, acknowledge) => detach(this.#received(mailbox, envelope, acknowledge)),
        live: (mailbox, envelope) => {
          const contactId = this.#reading.get(mailbox)?.contactId;
          if (contactId !== undefined) live.receive(contacts.get(contactId), envelope);
        },
        taken: (mailbox) => this.#taken(mailbox),
      },
      clock,
      this.#options.connect,
    );
    const live = new Live({
      contacts,
      clock,
      me: () => this.#meReady().identity,
      relayOnly: () => this.#meReady().settings.relayOnly,
      turn: () => sockets.turn(this.#meReady().settings.server),
      pass: (contact, envelope) => sockets.to(contact.row.write.server).live(contact.row.write.id, envelope),
      envelope: (contactId, envelope) => {
        detach(inbox.receive(contactId, envelope));
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
      changed: (contactId) => this.#watchers.conversationChanged(contactId),
      reachedMailbox: (contactId) => {
        if (contacts.has(contactId)) invites.finishAccepting(contacts.get(contactId));
      },
    });
    const inbox = new Inbox({
      contacts,
      outbox,
      clock,
      changed: (contactId, texts) => {
        const contact = contacts.get(contactId);
        if (contact.holdUntil > clock.now()) {
          clock.after(contact.holdUntil - clock.now() + 1, () =>
            this.#watchers.conversationChanged(contactId),
          );
        }
        this.#watchers.conversationChanged(contactId);
        live.encourage(contactId);
        if (texts.length > 0) this.#news(contact);
      },
      moved: (contactId) => this.#syncMailboxes(contacts.get(contactId), sockets),
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
        this.#syncMailboxes(contact, sockets);
        this.#watchers.conversationChanged(contact.id);
        if (accepted === 'mine') this.#notify(contact, 'accepted');
      },
    });
    await outbox.load();
    await invites.load();
    this.#phase = {
      kind: 'ready',
      database,
      contacts,
      conversations: new Conversations(database, contacts, clock),
      outbox,
      inbox,
      invites,
      live,
      sockets,
    };
    this.#options.shell.openAs(me.settings.openAs);
    sockets.to(me.settings.server);
    for (const contact of contacts.all()) {
      this.#syncMailboxes(contact, sockets);
      inbox.receiptsDue(contact.id);
    }
    invites.start();
    this.#unreadChanged();
  }

  async #received(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    if (this.#phase.kind !== 'ready') return;
    const { inbox } = this.#phase;
    try {
      // An invite's first envelope makes the contact that the next ones are for, so these wait for it.
      if (!this.#reading.has(mailbox)) await this.#receivedForInvite(mailbox, envelope, acknowledge);
      const contactId = this.#reading.get(mailbox)?.contactId;
      if (contactId === undefined) return;
      await inbox.receive(contactId, envelope);
      void acknowledge();
    } catch (error) {
      report(error);
      this.#clock.after(REREAD_AFTER, () => this.#reread(mailbox));
    }
  }

  /** One after the other; resolves once the envelope was an invite's, or its mailbox has become a contact's. */
  #receivedForInvite(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): Promise<void> {
    const turn = this.#inviteTurn.then(async () => {
      if (this.#phase.kind !== 'ready' || this.#reading.has(mailbox)) return;
      await this.#phase.invites.receive(mailbox, envelope, acknowledge);
    });
    this.#inviteTurn = turn.catch(() => {});
    return turn;
  }

  /** Opens a contact's mailbox anew, so that the server delivers again what could not be stored. */
  #reread(mailbox: string): void {
    if (this.#phase.kind !== 'ready') return;
    const { contacts, sockets } = this.#phase;
    const contactId = this.#reading.get(mailbox)?.contactId;
    if (contactId === undefined) return;
    const read = contacts.get(contactId).row.read.find(({ key }) => toHex(mailboxIdOf(key)) === mailbox);
    if (read === undefined) return;
    const socket = sockets.to(read.server);
    socket.closeMailbox(mailbox);
    socket.openMailbox(read.key);
  }

  #taken(mailbox: string): void {
    if (this.#phase.kind !== 'ready') return;
    // A rendezvous changes hands by design; a contact's mailbox only when my profile runs twice.
    if (!this.#reading.has(mailbox)) {
      this.#phase.invites.taken(mailbox);
      return;
    }
    this.#elsewhere = true;
    this.#phase.sockets.pause();
    this.#watchers.appChanged();
  }

  /** Reads the mailboxes that a contact's row names, and no other of theirs. */
  #syncMailboxes(contact: Contact, sockets: Sockets): void {
    const wanted = new Set<string>();
    for (const { key, server } of contact.row.read) {
      const mailbox = toHex(mailboxIdOf(key));
      wanted.add(mailbox);
      this.#reading.set(mailbox, { contactId: contact.id, server });
      sockets.to(server).openMailbox(key);
    }
    this.#stopReading(contact.id, sockets, wanted);
  }

  #stopReading(contactId: string, sockets: Sockets, except: ReadonlySet<string> = new Set()): void {
    for (const [mailbox, reading] of this.#reading) {
      if (reading.contactId !== contactId || except.has(mailbox)) continue;
      this.#reading.delete(mailbox);
      sockets.to(reading.server).closeMailbox(mailbox);
    }
  }

  async #changeSettings(
    change: Partial<Settings>,
    { contacts, database, live, outbox, sockets }: Running,
  ): Promise<void> {
    const me = this.#meReady();
    const settings: Settings = {
      ...me.settings,
      ...change,
      ...(change.name === undefined ? {} : { name: cleanName(change.name) }),
      ...(change.server === undefined ? {} : { server: serverAddress(change.server) }),
    };
    this.#me = await saveSettings(database, me, settings);
    if (settings.server !== me.settings.server) sockets.to(settings.server);
    this.#options.shell.openAs(settings.openAs);
    if (settings.relayOnly !== me.settings.relayOnly) live.rebuildAll();
    if (settings.name !== me.settings.name) {
      for (const contact of contacts.all()) {
        const sealed = await contacts.change(contact.id, async (tx, working) => {
          const mailbox = working.row.read[0];
          if (mailbox === undefined) return undefined;
          const address = { id: toHex(mailboxIdOf(mailbox.key)), server: mailbox.server };
          return outbox.seal(
            tx,
            working,
            { kind: 'profile', name: settings.name, first: false, mailbox: address },
            this.#clock.now(),
          );
        });
        if (sealed !== undefined) outbox.committed(sealed);
      }
    }
    this.#watchers.appChanged();
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

  #ready(): Running {
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
      case 'ready': {
        const me = this.#meReady();
        return {
          phase: 'ready',
          me: { moon: moon(me.identity) },
          settings: me.settings,
          server: this.#serverView(me.settings.server, phase.sockets),
          contacts: phase.contacts
            .all()
            .map((contact) => this.#contactView(contact, phase, me))
            .sort((a, b) => (b.last?.at ?? b.since) - (a.last?.at ?? a.since)),
          invites: phase.invites.views(),
          updating: this.#updating,
          ...proposed,
        };
      }
    }
  }

  #contactView(contact: Contact, { live, sockets }: Running, me: Me): ContactView {
    const { row } = contact;
    const last = contact.last?.row;
    return {
      id: contact.id,
      name: contact.name,
      moon: contact.moon,
      stage: row.stage,
      connection: live.view(contact.id) ?? this.#indirect(row.write.server, sockets),
      unread: row.unread,
      since: row.since,
      relayOnly: row.relayOnly,
      quarantined: contact.quarantined,
      introduced: row.introduced,
      safetyNumber: contact.safetyNumber(me.identity),
      server: row.write.server,
      ...(last === undefined
        ? {}
        : {
            last: {
              text: last.text,
              from: last.from,
              at: last.at,
              ...(last.delivery === undefined
                ? {}
                : { delivery: last.delivery as NonNullable<ContactView['last']>['delivery'] & {} }),
            },
          }),
    };
  }

  #indirect(server: string, sockets: Sockets): ConnectionView {
    return { state: sockets.stateOf(server).state === 'online' ? 'mailbox' : 'offline' };
  }

  #serverView(server: string, sockets: Sockets): ServerView {
    if (this.#elsewhere) return { state: 'elsewhere' };
    const state = sockets.stateOf(server);
    return state.state === 'stopped' ? { state: 'connecting' } : state;
  }
}

function checkedText(text: string): string {
  if (text.trim() === '') throw new BridgeError('text-empty');
  if (new TextEncoder().encode(text).length > TEXT_MAX_BYTES) throw new BridgeError('text-too-long');
  return text;
}
