import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { desk, need } from '../sodium/memory.ts';
import { equalPublic } from '../sodium.ts';
import { acquainted, codeOf, utf8 } from '../test-people.ts';
import { open, openBare } from './open.ts';
import { seal, sealBare } from './seal.ts';

beforeAll(loadCrypto);

const marker = new Uint8Array(64).fill(0xa5);

/** Whether these bytes lie anywhere on the desk. */
function onDesk(bytes: Uint8Array): boolean {
  const all = need(desk, 0).heap.slice(desk.at, desk.at + desk.bytes);
  let at = all.indexOf(bytes[0] ?? 0);
  while (at !== -1 && !bytes.every((byte, index) => all[at + index] === byte)) {
    at = all.indexOf(bytes[0] ?? 0, at + 1);
  }
  return at !== -1;
}

describe('the desk', () => {
  it('holds neither text nor keys after sealing, opening and refusing', () => {
    const { a, b } = acquainted();
    if (b.ratchet.turn !== 'mine') throw new Error('it is not their turn to begin');
    const first = seal(b, marker);
    if (first.session.ratchet.turn !== 'theirs') throw new Error('no chain was begun');
    const { headerKey, chainKey } = first.session.ratchet.sending;
    const secrets = [marker.subarray(0, 16), headerKey, chainKey];
    for (const secret of secrets) expect(onDesk(secret)).toBe(false);
    const second = seal(first.session, marker);
    const opened = open(a, first.envelope);
    expect(opened.plaintext).toEqual(marker);
    expect(codeOf(() => open(opened.session, first.envelope))).toBe('duplicate');
    const changed = second.envelope.with(3000, (second.envelope[3000] ?? 0) ^ 1);
    expect(codeOf(() => open(opened.session, changed))).toBe('forged');
    for (const secret of secrets) expect(onDesk(secret)).toBe(false);
  });

  it('grows for bodies beyond its first size', () => {
    const { a, b } = acquainted();
    const body = new Uint8Array(400_000).fill(7);
    const large = sealBare(b, body);
    const opened = openBare(a, large.envelope);
    expect(equalPublic(opened.body, body)).toBe(true);
    const small = sealBare(large.session, utf8('small'));
    expect(openBare(opened.session, small.envelope).body).toEqual(utf8('small'));
  });

  it('compares every byte of a preamble', () => {
    const { a, b } = acquainted();
    const first = sealBare(b, utf8('first'));
    const second = sealBare(first.session, utf8('second'));
    const { session } = openBare(a, first.envelope);
    for (let at = 49; at < 49 + 2344; at++) {
      const changed = second.envelope.with(at, (second.envelope[at] ?? 0) ^ 128);
      expect(codeOf(() => openBare(session, changed))).toBe('forged');
    }
  });
});
