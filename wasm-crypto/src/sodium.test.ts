import published from 'libsodium-wrappers-sumo';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import kem from '../vectors/ml-kem-768.json' with { type: 'json' };
import rfc from '../vectors/rfc.json' with { type: 'json' };
import { argon2id } from './sodium/argon2id.ts';
import { DEEP, need, SHALLOW, sameMemory, workArea } from './sodium/memory.ts';
import {
  mac,
  macFits,
  reduceScalar,
  ristrettoFromHash,
  ristrettoMultiply,
  sha512,
} from './sodium/ristretto.ts';
import {
  aeadOpen,
  aeadSeal,
  blake2b,
  chainStep,
  ed25519KeyPair,
  ed25519Sign,
  ed25519Verify,
  equalPublic,
  hkdfExpand,
  hkdfExtract,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  x25519,
  x25519Public,
} from './sodium.ts';
import { codeOf, hex, unhex, utf8 } from './test-people.ts';

beforeAll(async () => {
  await loadCrypto();
  await published.ready;
});

describe('published vectors', () => {
  it('X25519, RFC 7748 5.2', () => {
    for (const { scalar, u, out } of rfc.x25519.once) expect(hex(x25519(unhex(scalar), unhex(u)))).toBe(out);
    let scalar = unhex(`09${'00'.repeat(31)}`);
    let u = scalar;
    for (let round = 1; round <= 1000; round++) {
      [scalar, u] = [x25519(scalar, u), scalar];
      if (round === 1) expect(hex(scalar)).toBe(rfc.x25519.iterated['1']);
    }
    expect(hex(scalar)).toBe(rfc.x25519.iterated['1000']);
  });

  it('Ed25519, RFC 8032 7.1', () => {
    for (const test of rfc.ed25519.tests) {
      const { publicKey, secretKey } = ed25519KeyPair(unhex(test.seed));
      expect(hex(publicKey)).toBe(test.key);
      const signature = ed25519Sign(secretKey, unhex(test.message));
      expect(hex(signature)).toBe(test.signature);
      expect(ed25519Verify(publicKey, unhex(test.message), signature)).toBe(true);
      expect(ed25519Verify(publicKey, utf8('other'), signature)).toBe(false);
    }
  });

  it('HKDF-SHA-256, RFC 5869 A.1 to A.3', () => {
    for (const { ikm, salt, info, okm } of rfc.hkdf.tests) {
      const key = hkdfExtract(unhex(salt), unhex(ikm));
      expect(hex(hkdfExpand(key, unhex(info), okm.length / 2))).toBe(okm);
    }
  });

  it('ChaCha20-Poly1305, RFC 8439 2.8.2, in the same build of libsodium', () => {
    const { key, nonce, ad, text, sealed } = rfc.chacha20poly1305;
    const out = published.crypto_aead_chacha20poly1305_ietf_encrypt(
      utf8(text),
      unhex(ad),
      null,
      unhex(nonce),
      unhex(key),
    );
    expect(hex(out)).toBe(sealed);
  });

  it('XChaCha20-Poly1305, draft-irtf-cfrg-xchacha A.3.1', () => {
    const { key, nonce, ad, text, sealed } = rfc.xchacha20poly1305;
    expect(hex(aeadSeal(unhex(key), unhex(nonce), unhex(ad), utf8(text)))).toBe(sealed);
    expect(aeadOpen(unhex(key), unhex(nonce), unhex(ad), unhex(sealed))).toEqual(utf8(text));
  });

  it('BLAKE2b, RFC 7693 A', () => {
    expect(hex(blake2b(64, [utf8('a'), utf8('bc')]))).toBe(rfc.blake2b.hash);
  });

  it('Argon2id, from libsodium’s own', () => {
    const { passphrase, salt, passes, memoryBytes, hash } = rfc.argon2id;
    const given = { passphrase: unhex(passphrase), salt: unhex(salt), passes };
    const out = argon2id({ ...given, memory: Math.floor(memoryBytes / 1024), length: hash.length / 2 });
    expect(hex(out)).toBe(hash);
  });

  it('ML-KEM-768 encapsulation and decapsulation, FIPS 203', () => {
    const { ek, dk, m, K, c } = kem.unluckysample;
    const { ciphertext, shared } = kemEncapsulate(unhex(ek), unhex(m));
    expect(hex(ciphertext)).toBe(c);
    expect(hex(shared)).toBe(K);
    expect(hex(kemDecapsulate(unhex(dk), unhex(c)))).toBe(K);
    expect(hex(kemDecapsulate(unhex(kem.strcmp.dk), unhex(kem.strcmp.c)))).toBe(kem.strcmp.K);
  });

  it('ML-KEM-768 key generation, FIPS 203', () => {
    const { d, z, ekBegins, dkBegins, dkEnds } = kem.keyGeneration;
    const { publicKey, secretKey } = kemKeyPair(unhex(d + z));
    expect(hex(publicKey.subarray(0, 32))).toBe(ekBegins);
    expect(hex(secretKey.subarray(0, 32))).toBe(dkBegins);
    expect(hex(secretKey.subarray(-64))).toBe(dkEnds);
  });
});

describe('the work area', () => {
  it('agrees with the published wrapper for texts of many lengths, also beyond its first size', () => {
    const key = new Uint8Array(32).fill(3);
    const nonce = new Uint8Array(24).fill(5);
    for (const length of [0, 1, 63, 64, 65, 4096, 65_536, 400_000]) {
      const text = new Uint8Array(length).fill(length & 255);
      const ad = text.subarray(0, Math.min(length, 77));
      const sealed = aeadSeal(key, nonce, ad, text);
      expect(
        equalPublic(sealed, published.crypto_aead_xchacha20poly1305_ietf_encrypt(text, ad, null, nonce, key)),
      ).toBe(true);
      expect(aeadOpen(key, nonce, ad, sealed)).toEqual(text);
    }
  });

  it('computes the same public keys both ways', () => {
    const secret = new Uint8Array(32).fill(9);
    expect(x25519Public(secret)).toEqual(published.crypto_scalarmult_base(secret));
  });
});

describe('the work area and the stack', () => {
  it('are empty behind every call, well or ill as it ended', () => {
    const bytes = (length: number) => new Uint8Array(length).fill(7);
    const [key, text] = [bytes(32), bytes(5000)];
    const nonce = bytes(24);
    const sealed = aeadSeal(key, nonce, text, text);
    const signer = ed25519KeyPair(key);
    const signature = ed25519Sign(signer.secretKey, text);
    const pair = kemKeyPair(bytes(64));
    const { ciphertext } = kemEncapsulate(pair.publicKey, key);
    const point = ristrettoFromHash(bytes(64));
    const scalar = reduceScalar(bytes(64));
    const tag = mac(key, text);
    const argon2 = { passphrase: text, salt: bytes(16), passes: 1, memory: 64, length: 32 };
    const calls: Record<string, () => unknown> = {
      blake2b: () => blake2b(64, [text]),
      hkdfExtract: () => hkdfExtract(key, text),
      hkdfExpand: () => hkdfExpand(key, text, 128),
      chainStep: () => chainStep(key),
      aeadSeal: () => aeadSeal(key, nonce, text, text),
      aeadOpen: () => aeadOpen(key, nonce, text, sealed),
      'aeadOpen, forged': () => aeadOpen(key, nonce, key, sealed),
      x25519Public: () => x25519Public(key),
      x25519: () => x25519(key, x25519Public(key)),
      'x25519, of low order': () => codeOf(() => x25519(key, new Uint8Array(32))),
      ed25519KeyPair: () => ed25519KeyPair(key),
      ed25519Sign: () => ed25519Sign(signer.secretKey, text),
      ed25519Verify: () => ed25519Verify(signer.publicKey, text, signature),
      kemKeyPair: () => kemKeyPair(bytes(64)),
      kemEncapsulate: () => kemEncapsulate(pair.publicKey, key),
      'kemEncapsulate, no key': () => codeOf(() => kemEncapsulate(bytes(1184).fill(255), key)),
      kemDecapsulate: () => kemDecapsulate(pair.secretKey, ciphertext),
      sha512: () => sha512(text),
      ristrettoFromHash: () => ristrettoFromHash(bytes(64)),
      reduceScalar: () => reduceScalar(bytes(64)),
      ristrettoMultiply: () => ristrettoMultiply(scalar, point),
      'ristrettoMultiply, no point': () => codeOf(() => ristrettoMultiply(scalar, bytes(32).fill(255))),
      mac: () => mac(key, text),
      macFits: () => macFits(key, text, tag),
      argon2id: () => argon2id(argon2),
    };
    for (const [name, call] of Object.entries(calls)) {
      call();
      const { heap, stackTop } = need(workArea, 0);
      const area = heap.subarray(workArea.at, workArea.at + workArea.bytes);
      const stack = heap.subarray(stackTop - DEEP, stackTop);
      expect(
        [area, stack].map((part) => part.some((byte) => byte !== 0)),
        name,
      ).toEqual([false, false]);
    }
  });
});

describe('the stack', () => {
  it('is not used deeper than is wiped', () => {
    const [key, nonce, text, seed] = [32, 24, 5000, 64].map((length) => new Uint8Array(length).fill(7)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const sealed = aeadSeal(key, nonce, text, text);
    const signer = ed25519KeyPair(key);
    const pair = kemKeyPair(seed);
    const { ciphertext } = kemEncapsulate(pair.publicKey, key);
    const shallow: (() => unknown)[] = [
      () => blake2b(64, [text]),
      () => chainStep(key),
      () => hkdfExpand(hkdfExtract(key, text), text, 128),
      () => aeadSeal(key, nonce, text, text),
      () => aeadOpen(key, nonce, text, sealed),
    ];
    const deep: (() => unknown)[] = [
      () => x25519(key, x25519Public(key)),
      () => ed25519Sign(signer.secretKey, text),
      () => kemKeyPair(seed),
      () => kemEncapsulate(pair.publicKey, key),
      () => kemDecapsulate(pair.secretKey, ciphertext),
      () => ristrettoMultiply(reduceScalar(seed), ristrettoFromHash(seed)),
      () => argon2id({ passphrase: text, salt: key.subarray(16), passes: 1, memory: 64, length: 32 }),
    ];
    const { heap, stackTop } = need(workArea, 0);
    const below = stackTop - DEEP - 4096;
    for (const call of [...shallow, ...deep]) {
      const end = stackTop - (shallow.includes(call) ? SHALLOW : DEEP);
      heap.fill(0xa5, below, stackTop);
      call();
      expect(heap.subarray(below, end).every((byte) => byte === 0xa5)).toBe(true);
      expect(heap.subarray(end, stackTop).every((byte) => byte === 0)).toBe(true);
    }
  });
});

describe('two places in memory', () => {
  it('are the same where every byte is, and differ where one is not', () => {
    const sodium = need(workArea, 8192);
    const { heap } = sodium;
    for (const bytes of [0, 1, 7, 8, 9, 16, 31, 3633]) {
      // One byte off what is aligned: neither place has to be.
      const [first, second] = [workArea.at, workArea.at + 4097];
      heap.fill(0xa5, first, first + bytes);
      heap.fill(0xa5, second, second + bytes);
      [heap[first + bytes], heap[second + bytes]] = [1, 2];
      expect(sameMemory(sodium, first, second, bytes)).toBe(true);
      for (let at = 0; at < bytes; at++) {
        heap[second + at] = 0x25;
        expect(sameMemory(sodium, first, second, bytes)).toBe(false);
        heap[second + at] = 0xa5;
      }
    }
  });
});

describe('bad input', () => {
  it('refuses a point of low order', () => {
    expect(codeOf(() => x25519(new Uint8Array(32).fill(1), new Uint8Array(32)))).toBe('forged');
  });

  it('refuses an ML-KEM key with coefficients beyond the modulus', () => {
    expect(codeOf(() => kemEncapsulate(new Uint8Array(1184).fill(255), new Uint8Array(32)))).toBe('forged');
  });

  it('refuses lengths that are not those of the thing', () => {
    expect(codeOf(() => x25519Public(new Uint8Array(31)))).toBe('malformed');
    expect(codeOf(() => aeadSeal(new Uint8Array(31), new Uint8Array(24), utf8(''), utf8('')))).toBe(
      'malformed',
    );
    expect(codeOf(() => aeadSeal(new Uint8Array(32), new Uint8Array(12), utf8(''), utf8('')))).toBe(
      'malformed',
    );
    expect(aeadOpen(new Uint8Array(32), new Uint8Array(24), utf8(''), new Uint8Array(15))).toBeUndefined();
  });

  it('compares public bytes whole', () => {
    for (const length of [0, 1, 3, 4, 5, 33]) {
      const bytes = new Uint8Array(length).fill(1);
      expect(equalPublic(bytes, bytes.slice())).toBe(true);
      for (let at = 0; at < length; at++) expect(equalPublic(bytes, bytes.with(at, 2))).toBe(false);
    }
    expect(equalPublic(new Uint8Array(3), new Uint8Array(4))).toBe(false);
  });
});
