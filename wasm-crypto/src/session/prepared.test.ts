import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { useRandomSource } from '../random.ts';
import { acquainted, asText, utf8 } from '../test-people.ts';
import { encodeSession } from './codec.ts';
import { open } from './open.ts';
import { dropPreparedKeyPair, prepareKeyPair, takeKeyPair } from './prepared.ts';
import { seal } from './seal.ts';

beforeAll(loadCrypto);
afterEach(() => {
  dropPreparedKeyPair();
  useRandomSource(undefined);
});

/** How many blocks of randomness a call draws, where none was there before. */
function blocksDrawn(call: () => void): number {
  let blocks = 0;
  useRandomSource((buffer) => {
    blocks++;
    crypto.getRandomValues(buffer);
  });
  call();
  useRandomSource(undefined);
  return blocks;
}

describe('a key pair made ahead', () => {
  it('is made once, used once and then gone', () => {
    expect(blocksDrawn(prepareKeyPair)).toBe(1);
    expect(blocksDrawn(prepareKeyPair)).toBe(0);
    const first = takeKeyPair();
    const second = takeKeyPair();
    expect(second.ours.agreeSecret).not.toEqual(first.ours.agreeSecret);
    expect(second.ours.kemSecret).not.toEqual(first.ours.kemSecret);
  });

  it('begins the next chain, and only that', () => {
    const { a, b } = acquainted();
    prepareKeyPair();
    const begun = seal(b, utf8('one'));
    const gone = seal(begun.session, utf8('two'));
    const again = seal(b, utf8('one'));
    if (begun.session.ratchet.turn !== 'theirs' || again.session.ratchet.turn !== 'theirs') throw new Error();
    expect(again.session.ratchet.ours.agreeSecret).not.toEqual(begun.session.ratchet.ours.agreeSecret);
    const opened = open(a, begun.envelope);
    expect(asText(opened.plaintext) + asText(open(opened.session, gone.envelope).plaintext)).toBe('onetwo');
  });

  it('is in no session before it is used', () => {
    const { b } = acquainted();
    const before = encodeSession(b);
    prepareKeyPair();
    expect(encodeSession(b)).toEqual(before);
  });

  it('is gone where it was dropped', () => {
    prepareKeyPair();
    dropPreparedKeyPair();
    expect(blocksDrawn(prepareKeyPair)).toBe(1);
  });
});
