/** The passphrase's work, held up until a test lets it go on. */
import type { PassphraseWrap } from '@aside/wasm-crypto';
import { type PassphraseWork, workHere } from '../storage/passphrase-work.ts';

/** The least that is allowed: a test is no thief. */
export const quickWork = workHere({ passes: 1, memory: 65_536 });

export class PassphraseGate implements PassphraseWork {
  /** Resolves when something waits at the gate. */
  readonly reached: Promise<void>;
  #reach = () => {};
  readonly #opened: Promise<void>;
  open = () => {};

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  async wrap(masterKey: Uint8Array, passphrase: string): Promise<PassphraseWrap> {
    this.#reach();
    await this.#opened;
    return quickWork.wrap(masterKey, passphrase);
  }

  async unwrap(kept: PassphraseWrap, passphrase: string): Promise<Uint8Array> {
    this.#reach();
    await this.#opened;
    return quickWork.unwrap(kept, passphrase);
  }
}
