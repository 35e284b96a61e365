/** What the buffers hold that were made while some work was done. */
import { watchBuffers } from '@aside/wasm-crypto/testing/buffers';
import { toHex } from '../encoding.ts';

export class Buffers {
  readonly #made: Uint8Array[] = [];

  /** Does the work, and keeps the buffers that are made meanwhile. */
  async during<R>(work: () => Promise<R>): Promise<R> {
    const watch = watchBuffers();
    try {
      return await work();
    } finally {
      watch.stop();
      for (const buffer of watch.made) this.#made.push(buffer);
    }
  }

  /** How many of them hold these bytes now. */
  holding(bytes: Uint8Array): number {
    const wanted = Buffer.from(bytes);
    return this.#made.filter((one) => Buffer.from(one.buffer, one.byteOffset, one.length).includes(wanted))
      .length;
  }
}

/** Longer than any key, and much less than the memory that Argon2id works in. Bytes. */
const LONGEST = 8192;

/** Every byte string that is overwritten while something is done. */
export async function overwrittenBy(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const overwritten = new Set<string>();
  const fill = Uint8Array.prototype.fill;
  Uint8Array.prototype.fill = function (this: Uint8Array, ...given) {
    if (given[0] === 0 && this.length <= LONGEST) overwritten.add(toHex(this));
    return fill.apply(this, given);
  };
  try {
    await work();
  } finally {
    Uint8Array.prototype.fill = fill;
  }
  return overwritten;
}
