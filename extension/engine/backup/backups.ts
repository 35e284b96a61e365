/** Making a back-up as a view asks for it part by part, when the last one was made, and when one is offered. */
import { CryptoError, randomBytes } from '@aside/wasm-crypto';
import { BridgeError } from '../../bridge/types/errors.ts';
import type { BackupView } from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import { toHex } from '../encoding.ts';
import { checkNewPassphrase } from '../passphrase.ts';
import { report } from '../report.ts';
import type { Database } from '../storage/database.ts';
import type { PassphraseWork } from '../storage/passphrase-work.ts';
import type { Rows } from '../storage/rows.ts';
import { type BackupPart, Export } from './export.ts';

const KEY = 'state';
const DAY = 24 * 3600 * 1000;
/** A back-up that is older is offered to be made anew, where anything has changed since. */
const OLD = 30 * DAY;
/** How long "not now" lasts. */
const LATER = 7 * DAY;

export interface BackupsOptions {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly work: PassphraseWork;
  readonly clock: Clock;
  changed(): void;
}

export class Backups {
  readonly #options: BackupsOptions;
  #state: Rows['backups'] = {};
  #present: { readonly id: string; readonly made: number; readonly file: Export; whole: boolean } | undefined;

  constructor(options: BackupsOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const { database, clock } = this.#options;
    const state = (await database.read(['backups'], (tx) => tx.get('backups', KEY))) ?? {};
    const now = clock.now();
    this.#state = state;
    if (state.made === undefined || state.made <= now) return;
    // Of a clock that was put back since, or made up: it would put off the next one until then. Kept, or it would move
    // on with the clock.
    this.#state = { ...state, made: now };
    await database.write(['backups'], async (tx) => tx.put('backups', KEY, this.#state)).catch(report);
  }

  get view(): BackupView {
    const { made } = this.#state;
    return { offered: this.#offered(), ...(made === undefined ? {} : { made }) };
  }

  /** From the first contact on, then where the last one is old and something has changed; not where "not now" was said. */
  #offered(): boolean {
    const { made, later } = this.#state;
    const now = this.#options.clock.now();
    // More than a week to come is of a clock that was put back since.
    if (later !== undefined && now < later && later <= now + LATER) return false;
    const contacts = this.#options.contacts.all();
    if (made === undefined) return contacts.length > 0;
    const changed = contacts.some(({ row, last }) => Math.max(row.since, last?.row.at ?? 0) > made);
    return changed && now - made > OLD;
  }

  /** Begins one, in the place of one that is under way. Throws `passphrase-too-short` or `passphrase-too-long`. */
  async begin(passphrase: string): Promise<string> {
    checkNewPassphrase(passphrase);
    this.stop();
    const { database, work, clock } = this.#options;
    const made = clock.now();
    const file = await Export.begin(database, work, passphrase, made);
    const id = toHex(randomBytes(8));
    this.stop();
    this.#present = { id, made, file, whole: false };
    return id;
  }

  /** The next part of the file. Throws `backup-superseded` where it is not the present one. */
  async next(id: string): Promise<BackupPart> {
    const present = this.#get(id);
    try {
      const part = await present.file.next();
      present.whole = part.done;
      return part;
    } catch (error) {
      // Given up while it was read.
      if (error instanceof CryptoError) throw new BridgeError('backup-superseded');
      throw error;
    }
  }

  /** The person has the file; it counts only where it was read to its end. */
  async saved(id: string): Promise<void> {
    const { whole, made } = this.#get(id);
    if (!whole) throw new BridgeError('backup-superseded');
    await this.#keep({ made });
    this.cancel(id);
  }

  cancel(id: string): void {
    if (this.#present?.id === id) this.stop();
  }

  /** Offers none for a week. */
  async notNow(): Promise<void> {
    await this.#keep({ ...this.#state, later: this.#options.clock.now() + LATER });
  }

  /** Gives up the one that is under way. */
  stop(): void {
    this.#present?.file.close();
    this.#present = undefined;
  }

  #get(id: string) {
    if (this.#present?.id !== id) throw new BridgeError('backup-superseded');
    return this.#present;
  }

  async #keep(state: Rows['backups']): Promise<void> {
    const { database, changed } = this.#options;
    await database.write(['backups'], async (tx) => tx.put('backups', KEY, state));
    this.#state = state;
    changed();
  }
}
