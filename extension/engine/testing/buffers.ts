/** Every buffer that is made while something is done: what they hold can be looked at when it is over. */

/** Beyond any buffer of a row's: a view of the crypto module's whole memory. */
const WHOLE_MEMORY = 1 << 20;

export class Buffers {
  readonly #made: Uint8Array[] = [];

  /** Does the work, and keeps the buffers of the constructor, those that are cut out of others, and those of texts. */
  async during<R>(work: () => Promise<R>): Promise<R> {
    const keep = <B extends Uint8Array>(buffer: B): B => {
      if (buffer.length < WHOLE_MEMORY) this.#made.push(buffer);
      return buffer;
    };
    const original = globalThis.Uint8Array;
    const { slice } = original.prototype;
    const { encode } = TextEncoder.prototype;
    globalThis.Uint8Array = new Proxy(original, {
      construct: (target, args, by) => keep(Reflect.construct(target, args, by) as Uint8Array),
    });
    original.prototype.slice = function (this: Uint8Array, ...args) {
      return keep(slice.apply(this, args));
    } as typeof slice;
    TextEncoder.prototype.encode = function (text) {
      return keep(encode.call(this, text)) as ReturnType<typeof encode>;
    };
    try {
      return await work();
    } finally {
      globalThis.Uint8Array = original;
      Reflect.deleteProperty(original.prototype, 'slice');
      TextEncoder.prototype.encode = encode;
    }
  }

  /** How many of them hold these bytes now. */
  holding(bytes: Uint8Array): number {
    const wanted = Buffer.from(bytes);
    return this.#made.filter((one) => Buffer.from(one.buffer, one.byteOffset, one.length).includes(wanted))
      .length;
  }
}
