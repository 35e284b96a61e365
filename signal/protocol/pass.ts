import { requireLength } from './bytes.ts';
import { WireError } from './error.ts';
import { MAX_PASS_BYTES } from './limits.ts';

/** A pass in a frame is its length in a byte, then that many bytes. Throws `bad-length`. */
export function passField(pass: Uint8Array): Uint8Array {
  if (pass.length < 1 || pass.length > MAX_PASS_BYTES) {
    throw new WireError('bad-length', `a pass has 1 to ${MAX_PASS_BYTES} bytes`);
  }
  return Uint8Array.of(pass.length, ...pass);
}

/** The pass that fills the rest of a frame: a view. Throws `bad-length`. */
export function readPass(rest: Uint8Array): Uint8Array {
  const length = rest[0] ?? 0;
  if (length === 0) throw new WireError('bad-length', 'a pass has at least one byte');
  requireLength(rest, 1 + length, 'a pass with its length');
  return rest.subarray(1);
}

/** The pass that fills the rest of a frame, or nothing where the frame ends. */
export function readOptionalPass(rest: Uint8Array): { readonly pass?: Uint8Array } {
  return rest.length === 0 ? {} : { pass: readPass(rest) };
}
