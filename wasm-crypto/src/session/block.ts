/** The key block (SPEC 6.3): what a new chain brings, sealed once under the chain's header key. */
import { concat } from '../codec.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { KEY_BLOCK_BYTES, SEALED_KEY_BLOCK_BYTES } from '../sizes.ts';
import {
  AEAD_NONCE_BYTES,
  aeadOpen,
  aeadSealInto,
  KEM_ENCAPSULATION_SEED_BYTES,
  KEM_KEY_SEED_BYTES,
  KEM_PUBLIC_BYTES,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  wipe,
  X25519_BYTES,
  x25519,
  x25519Public,
} from '../sodium.ts';
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
  const agreeSecret = randomBytes(X25519_BYTES);
  const keySeed = randomBytes(KEM_KEY_SEED_BYTES);
  const seed = randomBytes(KEM_ENCAPSULATION_SEED_BYTES);
  const { publicKey, secretKey: kemSecret } = kemKeyPair(keySeed);
  const { ciphertext, shared } = kemEncapsulate(theirs.kem, seed);
  const agreement = x25519(agreeSecret, theirs.agree);
  wipe(keySeed, seed);
  const block = concat(x25519Public(agreeSecret), publicKey, ciphertext);
  return { block, agreement, shared, ours: { agreeSecret, kemSecret } };
}

/** The other side of {@link makeBlock}, with the keys that the block answers. */
export function readBlock(ours: OurKeys, block: Uint8Array): Agreed & { readonly theirs: TheirKeys } {
  const kemEnd = X25519_BYTES + KEM_PUBLIC_BYTES;
  const agree = block.slice(0, X25519_BYTES);
  const agreement = x25519(ours.agreeSecret, agree);
  const shared = kemDecapsulate(ours.kemSecret, block.subarray(kemEnd, KEY_BLOCK_BYTES));
  return { block, agreement, shared, theirs: { agree, kem: block.slice(X25519_BYTES, kemEnd) } };
}

/** 2,344 bytes: nonce, block, tag. */
export function sealBlock(headerKey: Uint8Array, sessionData: Uint8Array, block: Uint8Array): Uint8Array {
  const out = new Uint8Array(SEALED_KEY_BLOCK_BYTES);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  out.set(nonce);
  aeadSealInto(out, AEAD_NONCE_BYTES, headerKey, nonce, blockData(sessionData), block);
  return out;
}

/** `undefined` where it was not sealed under this key for this session. */
export function openBlock(
  headerKey: Uint8Array,
  sessionData: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
  return aeadOpen(headerKey, nonce, blockData(sessionData), sealed.subarray(AEAD_NONCE_BYTES));
}

const blockData = (sessionData: Uint8Array): Uint8Array => concat(LABELS.keyBlock, sessionData);
