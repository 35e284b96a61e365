/**
 * libsodium's public-key functions by themselves: called on bytes that lie in the module's memory already, with nothing
 * copied, hashed, sealed or wiped. Whatever calls them cannot take less than they do.
 */
import { need, workArea } from '../src/sodium/memory.ts';
import type { Sodium } from '../src/sodium/module.ts';
import { each, SIGNED_BYTES } from './subject.mjs';

/** By the name of the bench's row, the function that it stands for. */
const FUNCTIONS = {
  agree: 'crypto_scalarmult',
  base: 'crypto_scalarmult_base',
  sign: 'crypto_sign_detached',
  verify: 'crypto_sign_verify_detached',
  generate: 'crypto_kem_mlkem768_seed_keypair',
  encapsulate: 'crypto_kem_mlkem768_enc_deterministic',
  decapsulate: 'crypto_kem_mlkem768_dec',
} as const;
type Name = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as Name[];
type Calls = Readonly<Record<Name, number>>;

/**
 * PQXDH alone (SPEC 5.1): three agreements on either side, a one-time and an ephemeral key, one ML-KEM key used once, one
 * signature, checked once. No ratchet, nobody's identity verified to the inviter.
 */
const LEAST_SET_UP: Calls = {
  agree: 6,
  base: 2,
  sign: 1,
  verify: 1,
  generate: 1,
  encapsulate: 1,
  decapsulate: 1,
};

/** The module must be loaded. */
export function barePrimitives() {
  const sodium = need(workArea, 0);
  const works = primitives(sodium);
  const together = (part: string, calls: Calls) => ({
    calls,
    run: each({
      [part]: () => {
        for (const name of NAMES) for (let left = calls[name]; left > 0; left--) works[name]();
      },
    }),
  });
  return {
    /** Each of them alone. */
    each: each(works),
    /** Those that a work calls, which is done once for it: how often it calls each, and all of these calls as a work. */
    floorOf: (work: () => void) => together('bare', counted(sodium, work)),
    /** What no handshake of this kind can do without. */
    leastSetUp: together('least', LEAST_SET_UP),
  };
}

/** How often a work calls each. */
function counted(sodium: Sodium, work: () => void): Calls {
  const calls = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<Name, number>;
  const functions = { ...sodium };
  for (const name of NAMES) {
    const call = sodium[FUNCTIONS[name]] as (...numbers: number[]) => number;
    const counting = (...numbers: number[]) => {
      calls[name]++;
      return call(...numbers);
    };
    Object.assign(sodium, { [FUNCTIONS[name]]: counting });
  }
  try {
    work();
  } finally {
    for (const name of NAMES) Object.assign(sodium, { [FUNCTIONS[name]]: functions[FUNCTIONS[name]] });
  }
  return calls;
}

/** On memory of their own, which nothing else writes to. Each throws where libsodium refuses what lies there. */
function primitives(sodium: Sodium): Record<Name, () => void> {
  let next = sodium.malloc(16 * 1024);
  const room = (bytes: number) => {
    const at = next;
    next += (bytes + 15) & ~15;
    return at;
  };
  const [seed, out, point, signature, message] = [room(64), room(64), room(32), room(64), room(SIGNED_BYTES)];
  const [signKey, signSecret] = [room(32), room(64)];
  const [kemKey, kemSecret, ciphertext] = [room(1184), room(2400), room(1088)];
  crypto.getRandomValues(sodium.heap.subarray(seed, seed + 64));
  sodium.crypto_sign_seed_keypair(signKey, signSecret, seed);
  const works: Record<Name, () => number> = {
    base: () => sodium.crypto_scalarmult_base(point, seed),
    agree: () => sodium.crypto_scalarmult(out, seed, point),
    sign: () => sodium.crypto_sign_detached(signature, 0, message, SIGNED_BYTES, 0, signSecret),
    verify: () => sodium.crypto_sign_verify_detached(signature, message, SIGNED_BYTES, 0, signKey),
    generate: () => sodium.crypto_kem_mlkem768_seed_keypair(kemKey, kemSecret, seed),
    encapsulate: () => sodium.crypto_kem_mlkem768_enc_deterministic(ciphertext, out, kemKey, seed),
    decapsulate: () => sodium.crypto_kem_mlkem768_dec(out, ciphertext, kemSecret),
  };
  const checked = Object.entries(works).map(([name, work]): [string, () => void] => [
    name,
    () => {
      if (work() !== 0) throw new Error(`libsodium refused to ${name}`);
    },
  ]);
  // In this order each lays out what the next ones take.
  for (const [, work] of checked) work();
  return Object.fromEntries(checked) as Record<Name, () => void>;
}
