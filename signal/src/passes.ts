import { createHash, timingSafeEqual } from 'node:crypto';
import { guestRight, mintGuestPass, readGuestPass } from './guest-pass.ts';
import type { Limits } from './limits.ts';
import type { Right } from './store/store.ts';

export interface PassesOptions {
  /** The operator's passes that are good now, never empty. */
  readonly list: () => readonly string[];
  readonly limits: Limits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const DAY = 24 * 3600;

/** Who may open mailboxes that the server does not know, where that is not everybody. */
export class Passes {
  readonly #options: PassesOptions;

  constructor(options: PassesOptions) {
    this.#options = options;
  }

  /** Whether this is a pass of the operator's. */
  isOperators(pass: Uint8Array | undefined): boolean {
    return pass !== undefined && this.#operators(pass) !== undefined;
  }

  /** By what right whoever shows this pass registers a mailbox (an id). */
  rightTo(mailbox: Uint8Array, pass: Uint8Array | undefined): Right {
    if (pass === undefined) return 'nobody';
    if (this.isOperators(pass)) return 'everybody';
    const terms = readGuestPass(pass, this.#options.list(), this.#seconds());
    return terms === undefined ? 'nobody' : guestRight(pass, terms, mailbox);
  }

  /** A guest pass, for a holder of the operator's. */
  mint(pass: Uint8Array): Uint8Array | undefined {
    const { guestDays, guestMailboxes } = this.#options.limits;
    const known = this.#operators(pass);
    if (known === undefined) return undefined;
    return mintGuestPass(known, { expiry: this.#seconds() + guestDays * DAY, mailboxes: guestMailboxes });
  }

  /** Takes the same time whichever of them it is, and whether it begins like one. */
  #operators(pass: Uint8Array): string | undefined {
    const offered = hashOf(pass);
    let found: string | undefined;
    for (const known of this.#options.list()) if (timingSafeEqual(hashOf(known), offered)) found = known;
    return found;
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

function hashOf(pass: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(pass).digest();
}
