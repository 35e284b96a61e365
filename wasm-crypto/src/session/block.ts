/** The key block (SPEC 6.3): what a new chain brings, sealed once under the chain's header key. */
import { concat } from '../codec.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { KEY_BLOCK_BYTES, PREAMBLE_BYTES } from '../sizes.ts';
import {
  AEAD_NONCE_BYTES,
  aeadOpen,
  aeadSealInto,
  checkKemPublic,
  KEM_ENCAPSULATION_SEED_BYTES,
  KEM_PUBLIC_BYTES,
  kemDecapsulate,
  kemEncapsulate,
  X25519_BYTES,
  x25519,
} from '../sodium.ts';
import { wiping } from '../wiping.ts';
import { takeKeyPair } from './prepared.ts';
import type { OurKeys, TheirKeys } from './state.ts';

/** A block's bytes and the two secrets that it leads to; both are to be wiped after the root step. */
export interface Agreed {
  /** 2,304 bytes. */
  readonly block: Uint8Array;
  readonly agreement: Uint8Array;
  readonly shared: Uint8Array;
}

/** New keys of ours, agreed with the newest of theirs. Throws `forged` for keys that cannot be agreed with. */
export function makeBlock(theirs: TheirKeys): Agreed & { readonly ours: OurKeys } {
  return wiping((spent, made) => {
    const pair = made(takeKeyPair());
    const seed = spent(randomBytes(KEM_ENCAPSULATION_SEED_BYTES));
    const { ciphertext, shared } = made(kemEncapsulate(theirs.kem, seed));
    const agreement = x25519(pair.ours.agreeSecret, theirs.agree);
    const block = concat(pair.theirs.agree, pair.theirs.kem, ciphertext);
    return { block, agreement, shared, ours: pair.ours };
  });
}

/**
 * The other side of {@link makeBlock}, with the keys that the block answers. Throws `forged` for keys that could not be
 * answered in turn: once the chain is taken, nothing could be sealed to its maker any more.
 */
export function readBlock(ours: OurKeys, block: Uint8Array): Agreed & { readonly theirs: TheirKeys } {
  const kemEnd = X25519_BYTES + KEM_PUBLIC_BYTES;
  const agree = block.slice(0, X25519_BYTES);
  const kem = block.slice(X25519_BYTES, kemEnd);
  checkKemPublic(kem);
  const agreement = x25519(ours.agreeSecret, agree);
  const shared = kemDecapsulate(ours.kemSecret, block.subarray(kemEnd, KEY_BLOCK_BYTES));
  return { block, agreement, shared, theirs: { agree, kem } };
}

/**
 * A chain's preamble: the handshake part (empty but in the first chain), then nonce, block and tag. The seal covers the
 * handshake part too: a preamble that opens is the peer's as a whole, so that nobody else can make it look like two.
 */
export function sealPreamble(
  headerKey: Uint8Array,
  sessionData: Uint8Array,
  handshake: Uint8Array,
  block: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(handshake.length + PREAMBLE_BYTES);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  out.set(handshake);
  out.set(nonce, handshake.length);
  const data = blockData(sessionData, handshake);
  aeadSealInto(out, handshake.length + AEAD_NONCE_BYTES, headerKey, nonce, data, block);
  return out;
}

/** The block; `undefined` where the preamble was not sealed under this key for this session. */
export function openPreamble(
  headerKey: Uint8Array,
  sessionData: Uint8Array,
  preamble: Uint8Array,
): Uint8Array | undefined {
  const at = preamble.length - PREAMBLE_BYTES;
  const nonce = preamble.subarray(at, at + AEAD_NONCE_BYTES);
  const data = blockData(sessionData, preamble.subarray(0, at));
  return aeadOpen(headerKey, nonce, data, preamble.subarray(at + AEAD_NONCE_BYTES));
}

const blockData = (sessionData: Uint8Array, handshake: Uint8Array): Uint8Array =>
  concat(LABELS.keyBlock, sessionData, handshake);
