/**
 * CPace over ristretto255 with SHA-512 (draft-irtf-cfrg-cpace, suite CPACE-RISTR255-SHA512) in its setting with an
 * initiator and a responder. Names are the draft's.
 */
import { concat } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import {
  reduceScalar,
  ristrettoFromHash,
  ristrettoMultiply,
  sha512,
  WIDE_BYTES,
} from '../sodium/ristretto.ts';
import { wipe } from '../sodium.ts';

const DSI = new TextEncoder().encode('CPaceRistretto255');
const DSI_ISK = new TextEncoder().encode('CPaceRistretto255_ISK');
/** SHA-512's block: the password ends within the first one, whatever its length. */
const S_IN_BYTES = 128;

/** What both sides must have in common. */
export interface CPaceInputs {
  /** The password-related string. */
  readonly prs: Uint8Array;
  /** The channel identifier. */
  readonly ci: Uint8Array;
  /** The session's id. */
  readonly sid: Uint8Array;
}

/** One side's public half: its share of 32 bytes, and what it sends along. */
export interface CPaceShare {
  readonly y: Uint8Array;
  readonly ad: Uint8Array;
}

/** What `prepend_len` puts in front of bytes: their length in LEB128. */
function lengthOf(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  while (rest >= 128) {
    length.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Uint8Array.from([...length, rest]);
}

/** `lv_cat`. Some parts are secret, so there is no other copy of them than the result. */
function lvCat(...parts: Uint8Array[]): Uint8Array {
  return concat(...parts.flatMap((part) => [lengthOf(part), part]));
}

/** `calculate_generator`: the point that the password stands for. */
export function generatorOf({ prs, ci, sid }: CPaceInputs): Uint8Array {
  const first = lengthOf(prs).length + prs.length + lengthOf(DSI).length + DSI.length;
  const padding = Math.max(0, S_IN_BYTES - 1 - first);
  const text = lvCat(DSI, prs, new Uint8Array(padding), ci, sid);
  const hash = sha512(text);
  const generator = ristrettoFromHash(hash);
  wipe(text, hash);
  return generator;
}

/** `sample_scalar`, evenly: 64 random bytes modulo the order. */
export function newScalar(): Uint8Array {
  const wide = randomBytes(WIDE_BYTES);
  const scalar = reduceScalar(wide);
  wipe(wide);
  return scalar;
}

/** `Y = scalar_mult(y, g)`. The password-related string is the caller's to wipe. */
export function shareOf(scalar: Uint8Array, inputs: CPaceInputs): Uint8Array {
  const generator = generatorOf(inputs);
  const share = ristrettoMultiply(scalar, generator);
  wipe(generator);
  return share;
}

/**
 * The intermediate session key of 64 bytes: `H(lv_cat(DSI ‖ "_ISK", sid, K) ‖ transcript_ir)`. `theirs` is the other
 * side's share, `a` the initiator's. Throws `forged` for a share that is no point or leads to the identity.
 */
export function sessionKeyOf(input: {
  scalar: Uint8Array;
  theirs: Uint8Array;
  sid: Uint8Array;
  a: CPaceShare;
  b: CPaceShare;
}): Uint8Array {
  const { scalar, theirs, sid, a, b } = input;
  if (theirs !== a.y && theirs !== b.y) throw new CryptoError('malformed', 'share');
  const k = ristrettoMultiply(scalar, theirs);
  const text = lvCat(DSI_ISK, sid, k, a.y, a.ad, b.y, b.ad);
  const isk = sha512(text);
  wipe(k, text);
  return isk;
}
