/** The person's passphrase: guessing at it, setting, changing and removing it. One thing at a time, says the engine. */
import { CryptoError, PASSPHRASE_MAX_BYTES, wipe } from '@aside/wasm-crypto';
import { PASSPHRASE_MIN_CHARACTERS } from '../bridge/types/bounds.ts';
import { BridgeError } from '../bridge/types/errors.ts';
import type { LockView } from '../bridge/types/snapshots.ts';
import type { Clock } from './clock.ts';
import type { Database } from './storage/database.ts';
import { type Guesses, keepGuesses, NO_GUESSES, notAhead, readGuesses, retryAt } from './storage/guesses.ts';
import type { PassphraseWork } from './storage/passphrase-work.ts';
import { type Kept, keepByDevice, keepByPassphrase, readVault, unwrapByDevice } from './storage/vault.ts';
import { Surely } from './surely.ts';

/** Throws `passphrase-too-short` or `passphrase-too-long`. */
export function checkNewPassphrase(next: string): void {
  if ([...next].length < PASSPHRASE_MIN_CHARACTERS) throw new BridgeError('passphrase-too-short');
  const length = new TextEncoder().encode(next.normalize('NFKC')).length;
  if (length > PASSPHRASE_MAX_BYTES) throw new BridgeError('passphrase-too-long');
}

export class Passphrase {
  readonly #work: PassphraseWork;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #surely: Surely;
  #guesses: Guesses = NO_GUESSES;
  /** Whose guesses they are. */
  #database: Database | undefined;
  #isSet = false;

  constructor(work: PassphraseWork, clock: Clock, changed: () => void) {
    this.#work = work;
    this.#clock = clock;
    this.#changed = changed;
    this.#surely = new Surely(clock);
  }

  /** Looks at what a database has; before anything else is asked. */
  async load(database: Database): Promise<void> {
    this.#isSet = (await readVault(database))?.wrap.kind === 'passphrase';
    this.#guesses = await readGuesses(database);
    this.#database = database;
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  get view(): LockView {
    const until = this.retryAt;
    return { passphrase: this.#isSet, ...(until === undefined ? {} : { retryAt: until }) };
  }

  /** When the next guess may come; `undefined` for now. */
  get retryAt(): number | undefined {
    const now = this.#clock.now();
    this.#guesses = notAhead(this.#guesses, now);
    return retryAt(this.#guesses, now);
  }

  /** Gives the database its keys. Throws `passphrase-wrong` or `passphrase-too-early`. */
  async unlock(database: Database, passphrase: string): Promise<void> {
    const { masterKey } = await this.#open(database, passphrase);
    database.unlock(masterKey);
    wipe(masterKey);
  }

  /** Sets or changes it. Wraps the same master key anew; no row is touched. Throws, as {@link unlock}, for `current`. */
  async set(database: Database, current: string | undefined, next: string): Promise<void> {
    checkNewPassphrase(next);
    const { masterKey, kept } = await this.#open(database, current);
    try {
      await keepByPassphrase(database, kept, await this.#work.wrap(masterKey, next));
    } finally {
      wipe(masterKey);
    }
    this.#isSet = true;
    this.#changed();
  }

  /** From now on whoever has the profile can open it. Throws, as {@link unlock}, for `current`. */
  async remove(database: Database, current: string): Promise<void> {
    if (!this.#isSet) throw new BridgeError('passphrase-missing');
    const { masterKey, kept } = await this.#open(database, current);
    try {
      await keepByDevice(database, masterKey, kept);
    } finally {
      wipe(masterKey);
    }
    this.#isSet = false;
    this.#changed();
  }

  async #open(
    database: Database,
    passphrase: string | undefined,
  ): Promise<{ readonly masterKey: Uint8Array; readonly kept: Kept }> {
    const kept = await readVault(database);
    if (kept === undefined) throw new BridgeError('not-ready');
    const { wrap } = kept;
    const masterKey =
      wrap.kind === 'device'
        ? await unwrapByDevice(database, wrap)
        : await this.#guess(database, () => this.#work.unwrap(wrap, passphrase ?? ''));
    return { masterKey, kept };
  }

  /** A guess is counted before it is tried, so that ending the browser in its middle makes it no cheaper. */
  async #guess(database: Database, attempt: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.retryAt !== undefined) throw new BridgeError('passphrase-too-early');
    const before = this.#guesses;
    const counted = { count: before.count + 1, at: this.#clock.now() };
    await keepGuesses(database, counted);
    this.#guesses = counted;
    try {
      const masterKey = await attempt();
      await this.#takeBack(database, NO_GUESSES);
      return masterKey;
    } catch (error) {
      const code = error instanceof CryptoError ? error.code : undefined;
      if (code === 'wrong-passphrase') {
        this.#waitOver();
        throw new BridgeError('passphrase-wrong');
      }
      // Nothing was tried: none, or one that is longer than any can be, or there was no memory for it.
      await this.#takeBack(database, before);
      if (code === 'malformed') throw new BridgeError('passphrase-wrong');
      throw error;
    } finally {
      this.#changed();
    }
  }

  /** Takes a guess back that was counted. A full disk does so later: whoever was right is not kept out by it. */
  async #takeBack(database: Database, before: Guesses): Promise<void> {
    this.#guesses = before;
    // By then others may have been counted or taken back: the last word counts.
    const keep = () => keepGuesses(database, this.#guesses);
    await this.#surely.do('guesses', keep, () => this.#database === database);
  }

  /** The end of a wait is news too. */
  #waitOver(): void {
    const until = this.retryAt;
    if (until !== undefined) this.#clock.after(until - this.#clock.now() + 1, this.#changed);
  }
}
