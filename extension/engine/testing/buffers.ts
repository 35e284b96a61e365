/** What the buffers hold that were made while some work was done. */
import { watchBuffers } from '@aside/wasm-crypto/testing/buffers';

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
