/**
 * What is fuzzed, and what must hold for every input: a decoder gives a value that encodes to the same bytes, or throws
 * one of its own errors. Anything else is a finding.
 */

/** One thing to feed bytes to. */
export interface Target {
  /** Longer inputs are not tried. */
  readonly maxBytes: number;
  /** Inputs that reach what noise would not: where the fuzzer begins. */
  readonly seeds: readonly Uint8Array[];
  /** What came of an input, in a few words. Throws where the property is broken. */
  run(input: Uint8Array): string;
}

/** A property that does not hold. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Says how a typed error reads, or `undefined` for any other error. */
export type Refusals = (error: unknown) => string | undefined;

/** A decoder, held to its property. */
export function decoder<T>(parts: {
  maxBytes: number;
  seeds: readonly Uint8Array[];
  refusals: Refusals;
  decode(input: Uint8Array): T;
  /** `undefined` stands for a refusal without an error. */
  encode(value: Exclude<T, undefined>): Uint8Array;
  /** Another equality than that of the bytes, where one value has several encodings. */
  same?(input: Uint8Array, encoded: Uint8Array): boolean;
}): Target {
  const { maxBytes, seeds, refusals, decode, encode, same = equal } = parts;
  return {
    maxBytes,
    seeds,
    run(input) {
      const outcome = attempt(() => decode(input), refusals);
      if ('refused' in outcome) return outcome.refused;
      if (outcome.value === undefined) return 'nothing';
      const encoded = encode(outcome.value as Exclude<T, undefined>);
      if (!same(input, encoded)) throw new Finding('the value encodes to other bytes');
      return 'a value';
    },
  };
}

/** Runs a call; errors that are none of its own are thrown on. */
export function attempt<T>(
  call: () => T,
  refusals: Refusals,
): { readonly value: T } | { readonly refused: string } {
  try {
    return { value: call() };
  } catch (error) {
    const refused = refusals(error);
    if (refused === undefined) throw error;
    return { refused };
  }
}

/** Whether two byte strings are the same. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** For values that have several encodings, such as JSON: encoding what the encoding decodes to changes nothing more. */
export function settles<T>(
  decode: (bytes: Uint8Array) => T,
  encode: (value: Exclude<T, undefined>) => Uint8Array,
): (input: Uint8Array, encoded: Uint8Array) => boolean {
  return (_input, encoded) => {
    const again = decode(encoded);
    return again !== undefined && equal(encode(again as Exclude<T, undefined>), encoded);
  };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Any bytes as a text, byte by byte: what a person might paste. */
export const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};
