/**
 * The engine: what stands when the browser does, with or without a view. It is put together here from its parts;
 * what each part does is in its own file.
 */
import { CryptoError, loadCrypto, type ModuleSource } from '@aside/wasm-crypto';
import { cleanName } from '../bridge/name.ts';
import type { Command, CommandResults } from '../bridge/types/commands.ts';
import { BridgeError } from '../bridge/types/errors.ts';
import type { AppSnapshot, Settings, Snapshots, Watch } from '../bridge/types/snapshots.ts';
import { AutoLock } from './auto-lock.ts';
import { clearRows } from './backup/restore.ts';
import { type RestoreCommand, Restores } from './backup/restores.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { UnknownContact } from './contacts.ts';
import { Passes } from './passes.ts';
import { Passphrase } from './passphrase.ts';
import { createProfile, loadProfile, type Me } from './profile.ts';
import { Proposed } from './proposed.ts';
import { detach, report } from './report.ts';
import { type Assembled, assemble } from './running.ts';
import { checkServer, typedServer } from './servers.ts';
import type { Shell } from './shell.ts';
import { readySnapshot } from './snapshot.ts';
import { Database, StorageError } from './storage/database.ts';
import type { PassphraseWork } from './storage/passphrase-work.ts';
import { openVault } from './storage/vault.ts';
import { Watchers } from './watchers.ts';

export interface EngineOptions {
  readonly shell: Shell;
  /** The crypto's module, a file of the extension: the engine reads none. Asked again where it did not come. */
  readonly module: () => ModuleSource;
  /** From the build setting; absent where there is none. */
  readonly defaultServer?: string;
  readonly clock?: Clock;
  readonly databaseName?: string;
  readonly passphraseWork: PassphraseWork;
  readonly connect?: (address: string, subprotocol: string) => WebSocket;
  readonly makePeer?: (options: PeerOptions) => Peer;
}

/** A database that is lost again within this is not worth another try: the disk is at fault. Milliseconds. */
const LOST_AGAIN = 60_000;

type Phase =
  | { readonly kind: 'starting' | 'newer-data' | 'storage-failed' }
  /** Locked for whoever looks, while what was under way ends. */
  | { readonly kind: 'locking' }
  | { readonly kind: 'first-run' | 'locked'; readonly database: Database }
  | { readonly kind: 'ready'; readonly running: Assembled; readonly autoLock: AutoLock };

export class Engine {
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  readonly #passphrase: Passphrase;
  readonly #restores: Restores;
  readonly #proposed: Proposed;
  #phase: Phase = { kind: 'starting' };
  #views = 0;
  #updating = false;
  #lostAt = Number.NEGATIVE_INFINITY;
  /** Resolves when the start is over, however it went; views that are there earlier wait for it. */
  #started: Promise<void> = Promise.resolve();
  /** Whatever changes the phase, or what the vault is opened with, has its turn. */
  #turn: Promise<unknown> = Promise.resolve();
  #wiping: Promise<void> | undefined;
  /** How to end the waiting for what a running engine was asked and will not finish. */
  readonly #waiting = new Set<() => void>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#passphrase = new Passphrase(options.passphraseWork, this.#clock, () => this.#watchers.appChanged());
    this.#restores = new Restores(options.passphraseWork);
    this.#proposed = new Proposed({
      clock: this.#clock,
      defaultServer: options.defaultServer,
      mine: () => {
        if (this.#phase.kind !== 'ready') return undefined;
        const { contacts, me } = this.#phase.running;
        return { me: me(), contacts };
      },
      changed: () => this.#watchers.appChanged(),
    });
    this.#watchers = new Watchers({
      app: () => this.#appSnapshot(),
      messages: () => this.#ready().search.snapshot(),
      conversation: (contactId, part) => this.#ready().conversations.snapshot(contactId, part),
      looking: (contactId, looking) => {
        if (this.#phase.kind !== 'ready' || !this.#phase.running.contacts.has(contactId)) return;
        this.#phase.running.live.want(contactId, looking);
        if (!looking) this.#phase.running.conversations.forget(contactId);
      },
    });
  }

  /** Opens the storage and, where there is an identity, connects. Never rejects: the snapshot tells. */
  start(): Promise<void> {
    this.#started = this.#inTurn(() => this.#open());
    return this.#started;
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    let database: Database | undefined;
    try {
      await loadCrypto(this.#options.module());
      database = await Database.open(this.#options.databaseName, () => detach(this.#lost()));
      await this.#passphrase.load(database);
      if ((await openVault(database)) === 'open') await this.#enter(database);
      else {
        this.#phase = { kind: 'locked', database };
        this.#options.shell.badge('locked');
        this.#options.shell.dismissAll();
      }
    } catch (error) {
      this.#failed(error);
      await database?.close();
    }
    this.#watchers.appChanged();
  }

  /** The browser took the database away: begins anew with what is on the disk now, which may be nothing. */
  #lost(): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.#clock.now();
      const again = now - this.#lostAt < LOST_AGAIN;
      this.#lostAt = now;
      await this.#end('starting');
      if (!again) return this.#open();
      this.#failed(new StorageError('storage-failed'));
      this.#watchers.appChanged();
    });
  }

  /** With an open vault: to the first run, or to work. Rejects with what the storage has against it. */
  async #enter(database: Database): Promise<void> {
    const me = await loadProfile(database);
    if (me === undefined) {
      // Of a restore that the end of the browser interrupted.
      await clearRows(database);
      this.#phase = { kind: 'first-run', database };
    } else await this.#run(database, me);
  }

  /** Never rejects: the snapshot tells. */
  async #enterOrFail(database: Database): Promise<void> {
    try {
      await this.#enter(database);
    } catch (error) {
      this.#failed(error);
      await database.close();
    }
    this.#watchers.appChanged();
  }

  #failed(error: unknown): void {
    // A row's version is newer, or that of what lies in it: an identity, a session.
    const newer =
      (error instanceof StorageError && error.code === 'newer-data') ||
      (error instanceof CryptoError && error.code === 'wrong-version');
    this.#phase = { kind: newer ? 'newer-data' : 'storage-failed' };
    report(error);
  }

  watch<W extends Watch>(watch: W, tell: (snapshot: Snapshots[W['topic']]) => void): () => void {
    return this.#watchers.add(watch, tell as (snapshot: Snapshots[Watch['topic']]) => void);
  }

  /** How many views are open: with none, news goes to a notification. One more asks for another try where one failed. */
  viewsOpen(count: number): void {
    const opened = count > this.#views;
    this.#views = count;
    if (count === 0 && this.#updating) this.#options.shell.reload();
    if (opened && this.#phase.kind === 'storage-failed')
      this.#started = this.#inTurn(() => this.#openAgain());
  }

  /** Never rejects. */
  async #openAgain(): Promise<void> {
    if (this.#phase.kind !== 'storage-failed') return;
    this.#phase = { kind: 'starting' };
    this.#watchers.appChanged();
    await this.#open();
  }

  /**
   * The toolbar button was pressed on a tab with this address. Resolves, once it has started, with whether it is an invite
   * that can be accepted.
   */
  async propose(address: string): Promise<boolean> {
    await this.#started;
    return this.#proposed.propose(address);
  }

  /** A new version waits: it starts as soon as no view is open. */
  updateAvailable(): void {
    this.#updating = true;
    this.#watchers.appChanged();
    if (this.#views === 0) this.#options.shell.reload();
  }

  /** The network came back, or the computer woke up. */
  online(): void {
    if (this.#phase.kind === 'ready' && !this.#phase.autoLock.look()) this.#phase.running.sockets.retry();
  }

  /** Ends everything that runs, at once; resolves when the storage is closed too. For tests, and for an update. */
  stop(): Promise<void> {
    return this.#end('starting');
  }

  async #end(next: 'starting' | 'locking'): Promise<void> {
    const phase = this.#phase;
    this.#phase = { kind: next };
    this.#watchers.appChanged();
    this.#restores.forget();
    if (phase.kind === 'ready') {
      phase.autoLock.stop();
      const stopping = phase.running.stop();
      for (const end of this.#waiting) end();
      await stopping;
    } else if ('database' in phase) await phase.database.close();
  }

  /**
   * Destroys the master key first, durably and whatever else goes on, then everything that it guarded. Leaves a first
   * run. Rejects where the storage does not let it.
   */
  wipe(): Promise<void> {
    this.#wiping ??= this.#wipe().finally(() => {
      this.#wiping = undefined;
    });
    return this.#wiping;
  }

  async #wipe(): Promise<void> {
    const { databaseName, shell } = this.#options;
    // A storage that is damaged can perhaps still be deleted.
    await Database.destroyKeys(databaseName).catch(report);
    // Whoever has to erase everything has no time for what is under way, such as a passphrase that is being stretched.
    const ending = this.#phase.kind === 'ready' ? this.#end('locking') : undefined;
    await this.#inTurn(async () => {
      await ending;
      this.#proposed.dismiss();
      // What a turn before this one has brought about meanwhile: a start, or an unlocking.
      await this.#end('locking');
      shell.dismissAll();
      shell.badge(0);
      shell.openAs('panel');
      try {
        await Database.remove(databaseName);
      } catch (error) {
        this.#failed(error);
        this.#watchers.appChanged();
        throw error;
      }
      await this.#open();
    });
  }

  /** At once, also in the middle of a change of the passphrase, which then has not happened. */
  async #lock(): Promise<void> {
    if (this.#phase.kind !== 'ready') return;
    if (!this.#passphrase.isSet) throw new BridgeError('passphrase-missing');
    const ending = this.#end('locking');
    await this.#inTurn(async () => {
      await ending;
      if (this.#phase.kind === 'locking') await this.#open();
    });
  }

  #unlock(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      const phase = this.#phase;
      // Another view was faster.
      if (phase.kind === 'ready') return;
      if (phase.kind !== 'locked') throw new BridgeError('not-ready');
      await this.#passphrase.unlock(phase.database, passphrase);
      await this.#enterOrFail(phase.database);
    });
  }

  /** Does what a view asks. Rejects with a {@link BridgeError}. */
  async handle<C extends Command>(command: C): Promise<CommandResults[C['type']]> {
    try {
      // Not even a start that hangs holds this up.
      if (command.type === 'wipe') {
        await this.wipe();
        return {} as CommandResults[C['type']];
      }
      await this.#started;
      this.#noticeUse(command);
      return (await this.#do(command)) as CommandResults[C['type']];
    } catch (error) {
      if (error instanceof BridgeError) throw error;
      if (error instanceof UnknownContact) throw new BridgeError('unknown-contact');
      if (error instanceof StorageError && error.code === 'storage-full')
        throw new BridgeError('storage-full');
      if (error instanceof StorageError && error.code === 'closed') throw new BridgeError('locked');
      report(error);
      throw new BridgeError('internal');
    }
  }

  /** Reading is acknowledged by itself when a message comes into an open view: nobody need be there. */
  #noticeUse({ type }: Command): void {
    if (this.#phase.kind === 'ready' && type !== 'mark-read') this.#phase.autoLock.used();
  }

  async #do(command: Exclude<Command, { type: 'wipe' }>): Promise<CommandResults[Command['type']]> {
    const { kind } = this.#phase;
    if ((kind === 'locked' || kind === 'locking') && command.type !== 'unlock') {
      if (command.type === 'lock' || command.type === 'used') return {};
      throw new BridgeError('locked');
    }
    switch (command.type) {
      case 'begin':
        await this.#inTurn(() => this.#begin(command.name, command.server));
        return {};
      case 'begin-restore':
      case 'restore-part':
      case 'finish-restore':
      case 'cancel-restore':
        return this.#inTurn(() => this.#restore(command));
      case 'used':
        return {};
      case 'lock':
        await this.#lock();
        return {};
      case 'unlock':
        await this.#unlock(command.passphrase);
        return {};
      case 'set-passphrase':
        await this.#inTurn(() => this.#passphrase.set(this.#ready().database, command.current, command.next));
        return {};
      case 'remove-passphrase':
        await this.#inTurn(() => this.#passphrase.remove(this.#ready().database, command.current));
        return {};
      case 'check-server':
        return checkServer(command.server, (server) => command.invited === true || this.#hasPass(server));
      case 'read-invite':
        return this.#proposed.read(command.text);
      case 'dismiss-proposed-invite':
        this.#proposed.dismiss();
        return {};
      default:
        return this.#unlessEnded(this.#ready().commands.do(command));
    }
  }

  /** What a lock interrupts may never come to an end: its sockets and clocks are gone. */
  #unlessEnded<R>(work: Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const end = () => reject(new BridgeError('locked'));
      this.#waiting.add(end);
      work.then(resolve, reject).finally(() => this.#waiting.delete(end));
    });
  }

  #hasPass(server: string): boolean {
    return this.#phase.kind === 'ready' && this.#phase.running.passes.own(server) !== undefined;
  }

  async #begin(name: string, server: string): Promise<void> {
    const before = this.#phase;
    if (before.kind !== 'first-run') throw new BridgeError('not-ready');
    const typed = typedServer(server);
    const settings: Settings = {
      name: cleanName(name),
      server: typed.server,
      direct: 'accepted',
      notifications: true,
      openAs: 'panel',
      autoLock: 15,
    };
    // At once, or a second press would make a second identity over the first.
    this.#phase = { kind: 'starting' };
    try {
      await this.#restores.drop();
      // Of a restore that a full disk ended, and that could not be cleared away then.
      await clearRows(before.database);
      if (typed.pass !== undefined) await new Passes(before.database).keep(typed.server, typed.pass);
      await this.#run(before.database, await createProfile(before.database, settings));
    } catch (error) {
      this.#phase = before;
      throw error;
    }
    this.#watchers.appChanged();
  }

  async #restore(command: RestoreCommand): Promise<CommandResults[RestoreCommand['type']]> {
    const phase = this.#phase;
    if (phase.kind === 'ready') throw new BridgeError('profile-exists');
    if (phase.kind !== 'first-run') throw new BridgeError('not-ready');
    const done = await this.#restores.do(phase.database, command);
    if (command.type !== 'finish-restore') return done;
    // Whatever happens now, the profile is there: a first run must not be offered over it.
    await this.#enterOrFail(phase.database);
    return done;
  }

  async #run(database: Database, me: Me): Promise<void> {
    const { shell, connect, makePeer } = this.#options;
    const running = await assemble(database, me, {
      clock: this.#clock,
      shell,
      passphraseWork: this.#options.passphraseWork,
      watchers: this.#watchers,
      ...(connect === undefined ? {} : { connect }),
      ...(makePeer === undefined ? {} : { makePeer }),
      viewsOpen: () => this.#views,
      accepted: () => this.#proposed.dismiss(),
    });
    const autoLock = new AutoLock({
      clock: this.#clock,
      minutes: () => (this.#passphrase.isSet ? running.me().settings.autoLock : 0),
      lock: () => detach(this.#lock()),
    });
    this.#phase = { kind: 'ready', running, autoLock };
    running.start();
  }

  #ready(): Assembled {
    if (this.#phase.kind !== 'ready') throw new BridgeError('not-ready');
    return this.#phase.running;
  }

  #appSnapshot(): AppSnapshot {
    const phase = this.#phase;
    const { invite } = this.#proposed;
    const proposed = invite === undefined ? {} : { proposed: invite };
    switch (phase.kind) {
      case 'starting':
      case 'newer-data':
      case 'storage-failed':
        return { phase: phase.kind };
      case 'first-run': {
        const { defaultServer } = this.#options;
        return { phase: 'first-run', ...(defaultServer === undefined ? {} : { defaultServer }), ...proposed };
      }
      case 'locking':
        return { phase: 'locked' };
      case 'locked': {
        const { retryAt } = this.#passphrase;
        return { phase: 'locked', ...(retryAt === undefined ? {} : { retryAt }) };
      }
      case 'ready':
        return readySnapshot({
          ...phase.running,
          me: phase.running.me(),
          lock: this.#passphrase.view,
          elsewhere: phase.running.elsewhere(),
          proposed: invite,
          updating: this.#updating,
        });
    }
  }
}
