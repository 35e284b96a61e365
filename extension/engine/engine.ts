/**
 * The engine: what stands when the browser does, with or without a view. It is put together here from its parts;
 * what each part does is in its own file.
 */
import { loadCrypto, type ModuleSource } from '@aside/wasm-crypto';
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
import type { Peer, PeerOptions } from './connections/peer.ts';
import { UnknownContact } from './contacts.ts';
import { readInviteAt } from './invites.ts';
import { Passes } from './passes.ts';
import { cleanName, createProfile, loadProfile, type Me } from './profile.ts';
import { report } from './report.ts';
import { type Assembled, assemble } from './running.ts';
import { checkServer, typedServer } from './servers.ts';
import type { Shell } from './shell.ts';
import { readySnapshot } from './snapshot.ts';
import { Database, StorageError } from './storage/database.ts';
import { unlockVault } from './storage/vault.ts';
import { Watchers } from './watchers.ts';

export interface EngineOptions {
  readonly shell: Shell;
  /** The crypto's module, a file of the extension: the engine reads none. */
  readonly module: ModuleSource;
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
  | { readonly kind: 'ready'; readonly running: Assembled };

export class Engine {
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  #phase: Phase = { kind: 'starting' };
  #proposed: ProposedInvite | undefined;
  #views = 0;
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
        if (this.#phase.kind !== 'ready' || !this.#phase.running.contacts.has(contactId)) return;
        this.#phase.running.live.want(contactId, looking);
        if (!looking) this.#phase.running.conversations.forget(contactId);
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
      await loadCrypto(this.#options.module);
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
      this.#proposed = this.#read(link);
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
    if (this.#phase.kind === 'ready') this.#phase.running.sockets.retry();
  }

  /** Ends everything that runs; for tests and for an update. */
  stop(): void {
    if (this.#phase.kind !== 'ready') return;
    this.#phase.running.stop();
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
    const typed = typedServer(server);
    const settings: Settings = {
      name: cleanName(name),
      server: typed.server,
      relayOnly: false,
      notifications: true,
      openAs: 'panel',
    };
    // At once, or a second press would make a second identity over the first.
    this.#phase = { kind: 'starting' };
    try {
      if (typed.pass !== undefined)
        await new Passes(before.database).keep(typed.server, typed.pass, 'operator');
      await this.#run(before.database, await createProfile(before.database, settings));
    } catch (error) {
      this.#phase = before;
      throw error;
    }
    this.#watchers.appChanged();
  }

  #readInvite(text: string): ProposedInvite {
    const link = readInviteLink(text);
    const mine = this.#phase.kind === 'ready' ? this.#phase.running.me().settings.server : undefined;
    const server = mine ?? this.#options.defaultServer;
    if (link === undefined && server === undefined) throw new BridgeError('invite-damaged');
    return this.#read(link ?? { server: server as string, text: text.trim() });
  }

  /** Throws a `BridgeError`. */
  #read(found: { readonly server: string; readonly text: string }): ProposedInvite {
    const { invite, server } = readInviteAt(found, this.#clock.now());
    const from =
      this.#phase.kind === 'ready' ? this.#phase.running.contacts.byHash(invite.identityHash) : undefined;
    return {
      link: inviteLink(server, found.text),
      server,
      expiresAt: invite.expires * 1000,
      ...(from === undefined ? {} : { from: from.id }),
    };
  }

  async #run(database: Database, me: Me): Promise<void> {
    const { shell, connect, makePeer } = this.#options;
    const running = await assemble(database, me, {
      clock: this.#clock,
      shell,
      watchers: this.#watchers,
      ...(connect === undefined ? {} : { connect }),
      ...(makePeer === undefined ? {} : { makePeer }),
      viewsOpen: () => this.#views,
      accepted: () => {
        this.#proposed = undefined;
        this.#watchers.appChanged();
      },
    });
    this.#phase = { kind: 'ready', running };
    running.start();
  }

  #ready(): Assembled {
    if (this.#phase.kind !== 'ready') throw new BridgeError('not-ready');
    return this.#phase.running;
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
          ...phase.running,
          me: phase.running.me(),
          elsewhere: phase.running.elsewhere(),
          proposed: this.#proposed,
          updating: this.#updating,
        });
    }
  }
}
