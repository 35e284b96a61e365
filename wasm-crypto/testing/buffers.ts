/** Every buffer that is made while something is done, so that what they hold can be looked at when it is over. */

/** Beyond any buffer of a key's or a row's: a view of the module's whole memory. */
const WHOLE_MEMORY = 1 << 20;

/**
 * Keeps the buffers of the constructor, those that are cut out of others (copies of the module's memory too), and those of
 * texts, until it is stopped.
 */
export function watchBuffers(): { readonly made: readonly Uint8Array[]; stop(): void } {
  const made: Uint8Array[] = [];
  const keep = <B extends Uint8Array>(buffer: B): B => {
    if (buffer.length < WHOLE_MEMORY) made.push(buffer);
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
  return {
    made,
    stop() {
      globalThis.Uint8Array = original;
      Reflect.deleteProperty(original.prototype, 'slice');
      TextEncoder.prototype.encode = encode;
    },
  };
}
