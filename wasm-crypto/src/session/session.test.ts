import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { respond } from '../establish.ts';
import { acquainted, asText, invited, utf8 } from '../test-people.ts';
import { decodeSession, encodeSession } from './codec.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';

beforeAll(loadCrypto);

describe('a session', () => {
  it('carries texts both ways over several chains', () => {
    let { a, b } = acquainted();
    for (let turn = 0; turn < 5; turn++) {
      const there = seal(b, utf8(`there ${turn}`));
      const opened = open(a, there.envelope);
      expect(asText(opened.plaintext)).toBe(`there ${turn}`);
      const back = seal(opened.session, utf8(`back ${turn}`));
      const again = open(there.session, back.envelope);
      expect(asText(again.plaintext)).toBe(`back ${turn}`);
      [a, b] = [decodeSession(encodeSession(back.session)), decodeSession(encodeSession(again.session))];
    }
  });

  it('lets any message of the first chain come first', () => {
    const { alice, created, bobSession } = invited();
    const one = seal(bobSession, utf8('one'));
    const two = seal(one.session, utf8('two'));
    const met = respond({ me: alice, keys: created.keys, envelope: two.envelope });
    expect(asText(met.plaintext)).toBe('two');
    expect(asText(open(met.session, one.envelope).plaintext)).toBe('one');
  });
});
