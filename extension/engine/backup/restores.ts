/** Restoring at the first run, as a view asks for it part by part. One at a time, says the engine. */
import { randomBytes } from '@aside/wasm-crypto';
import type { Command, CommandResults } from '../../bridge/types/commands.ts';
import { BridgeError } from '../../bridge/types/errors.ts';
import { toHex } from '../encoding.ts';
import type { Database } from '../storage/database.ts';
import type { PassphraseWork } from '../storage/passphrase-work.ts';
import { Restore } from './restore.ts';

export type RestoreCommand = Extract<
  Command,
  { type: 'begin-restore' | 'restore-part' | 'finish-restore' | 'cancel-restore' }
>;

export class Restores {
  readonly #work: PassphraseWork;
  #present: { readonly id: string; readonly restore: Restore } | undefined;

  constructor(work: PassphraseWork) {
    this.#work = work;
  }

  /** After `finish-restore`, who is in the file is who is here. After a failure nothing of it is left. */
  async do(database: Database, command: RestoreCommand): Promise<CommandResults[RestoreCommand['type']]> {
    switch (command.type) {
      case 'begin-restore':
        return { restoreId: await this.#begin(database, command.passphrase, command.head) };
      case 'restore-part':
        await this.#orNothing(command.restoreId, (restore) => restore.take(command.bytes));
        return {};
      case 'cancel-restore':
        // Another's is none of its business.
        if (this.#present?.id === command.restoreId) await this.drop();
        return {};
      case 'finish-restore':
        await this.#orNothing(command.restoreId, (restore) => restore.finish());
        this.#present = undefined;
        return {};
    }
  }

  /** A new one takes the place of the one before. */
  async #begin(database: Database, passphrase: string, head: Uint8Array): Promise<string> {
    await this.drop();
    const restore = await Restore.begin(database, this.#work, passphrase, head);
    const id = toHex(randomBytes(8));
    this.#present = { id, restore };
    return id;
  }

  /** Gives up the one that is under way. */
  async drop(): Promise<void> {
    const present = this.#present;
    this.#present = undefined;
    await present?.restore.cancel();
  }

  /** Forgets the one that is under way: its database is closed, and cleared when it is opened next. */
  forget(): void {
    this.#present?.restore.close();
    this.#present = undefined;
  }

  async #orNothing(id: string, work: (restore: Restore) => Promise<void>): Promise<void> {
    const present = this.#present;
    if (present?.id !== id) throw new BridgeError('backup-superseded');
    try {
      await work(present.restore);
    } catch (error) {
      await this.drop();
      throw error;
    }
  }
}
