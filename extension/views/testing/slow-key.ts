/**
 * An OpenPGP key that was made to be slow, and a message that asks for it: nothing about its size or its numbers is out
 * of the ordinary, and checking it takes minutes that no browser is let out of.
 */
import { createHash } from 'node:crypto';
import * as pgp from 'openpgp';

/** As large as a key's numbers may be. Bits. */
const PRIME = 16_384;
const ORDER = 512;
/** As many signatures of its name as a key may have. All are looked at in vain, again and again. */
const SIGNATURES = 256;

const DSA = 17;
/** A browser has none of its own: it is computed on the spot, and nothing else comes in between. */
const SHA3_512 = 14;
const OVER_NAME = 0x13;
const OVER_TEXT = 0x01;

const MADE_AT = number(Math.floor(Date.UTC(2026, 0) / 1000), 4);

/** Big-endian. */
function number(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (value / 2 ** (8 * (bytes - 1 - at))) & 255);
}

/** A number of OpenPGP's: its length in bits, and its bytes. */
const large = (bits: number, fill = 0xff) =>
  Uint8Array.of(...number(bits, 2), ...new Uint8Array(bits / 8).fill(fill));

const packet = (tag: number, content: Uint8Array) =>
  Uint8Array.of(0xc0 | tag, 0xff, ...number(content.length, 4), ...content);

/** Armoured, both. */
export function slowKey(text: string): { readonly key: string; readonly message: string } {
  const body = Uint8Array.of(
    ...[4, ...MADE_AT, DSA],
    ...[...large(PRIME), ...large(ORDER), ...large(PRIME, 0xfe), ...large(PRIME, 0xfd)],
  );
  const name = new TextEncoder().encode('Mallory');
  const hashedKey = Uint8Array.of(0x99, ...number(body.length, 2), ...body);
  const id = createHash('sha1').update(hashedKey).digest().subarray(-8);

  /** Of `data`, whose two bytes of the hash are right: only then does anybody compute. */
  const signature = (type: number, data: Uint8Array) => {
    const head = Uint8Array.of(4, type, DSA, SHA3_512, ...number(6, 2), ...[5, 2], ...MADE_AT);
    const tail = Uint8Array.of(4, 0xff, ...number(head.length, 4));
    const hash = createHash('sha3-512').update(data).update(head).update(tail).digest();
    const issuer = Uint8Array.of(...number(10, 2), ...[9, 16], ...id);
    // The second number is one: the first is then the power that one of the key's numbers is raised to.
    const numbers = Uint8Array.of(...large(ORDER, 0xfb), ...number(1, 2), 1);
    return packet(2, Uint8Array.of(...head, ...issuer, ...hash.subarray(0, 2), ...numbers));
  };

  const named = signature(OVER_NAME, Uint8Array.of(...hashedKey, 0xb4, ...number(name.length, 4), ...name));
  const key = Buffer.concat([
    ...[packet(6, body), packet(13, name)],
    ...Array<Uint8Array>(SIGNATURES).fill(named),
  ]);
  const signed = signature(OVER_TEXT, new TextEncoder().encode(text));
  return {
    key: pgp.armor(pgp.enums.armor.publicKey, key),
    message: [
      '-----BEGIN PGP SIGNED MESSAGE-----',
      ...['', text],
      pgp.armor(pgp.enums.armor.signature, signed).trim(),
    ].join('\n'),
  };
}
