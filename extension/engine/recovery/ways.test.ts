/** Whose bundle counts (SPEC 12.8), and which ways back are kept: rules that both sides must follow alike. */
import { compareIdentities, newIdentity, publicIdentity } from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RecoveryRow } from '../storage/rows.ts';
import { introduced, judge, newWay, remember, settled, type Way } from './ways.ts';

beforeAll(loadCrypto);

const servers = { mine: 'https://a.example', theirs: 'https://b.example' };

/** Two people, the one with the lower key first, and a way between them for each moment of an introduction. */
function two() {
  const people = [newIdentity(), newIdentity()].map(publicIdentity).sort(compareIdentities);
  const [lower, higher] = people as [(typeof people)[0], (typeof people)[0]];
  const way = (at: number): Way =>
    newWay({
      secret: new Uint8Array(32).fill(at),
      me: lower,
      peer: higher,
      servers,
      accepted: true,
      at,
    });
  return { lower, higher, way };
}

const asking = ({ secret }: Way, generation: number): RecoveryRow['mine'] => ({
  secret,
  generation,
  keys: new Uint8Array(0),
  bundle: new Uint8Array(0),
});

const bundleOf = (generation: number) => ({
  generation,
  oneTime: { agree: new Uint8Array(32), kem: new Uint8Array(1184) },
  note: new Uint8Array(0),
});

describe('a bundle of theirs', () => {
  it('of a generation that is over shows that they are behind, whatever I ask', () => {
    const { lower, higher, way } = two();
    const used = { ...way(1), generation: 5 };
    const sides = { me: lower, peer: higher };
    const row = introduced(used, undefined);
    for (const generation of [1, 4, 5]) expect(judge(row, used, bundleOf(generation), sides)).toBe('old');
    expect(judge(row, used, bundleOf(6), sides)).toBe('answer');
    expect(judge({ ...row, mine: asking(used, 6) }, used, bundleOf(5), sides)).toBe('old');
  });

  it('stands against mine by the higher generation, and of equal ones by the lower key', () => {
    const { lower, higher, way } = two();
    const row = { ...introduced(way(1), undefined), mine: asking(way(1), 7) };
    const judged = (generation: number) =>
      [
        { me: lower, peer: higher },
        { me: higher, peer: lower },
      ].map((sides) => judge(row, way(1), bundleOf(generation), sides));
    expect(judged(6)).toEqual(['ignore', 'ignore']);
    expect(judged(7)).toEqual(['ignore', 'answer']);
    expect(judged(8)).toEqual(['answer', 'answer']);
  });

  it('over another introduction counts by the older one, whatever its generation and key', () => {
    const { lower, higher, way } = two();
    const row = introduced(way(2), introduced(way(1), undefined));
    for (const sides of [
      { me: lower, peer: higher },
      { me: higher, peer: lower },
    ]) {
      const newer = { ...row, mine: asking(way(2), 9) };
      expect(judge(newer, way(1), bundleOf(1), sides)).toBe('answer');
      const older = { ...row, mine: asking(way(1), 1) };
      expect(judge(older, way(2), bundleOf(9), sides)).toBe('ignore');
    }
  });

  it('over another introduction counts alike on both sides, of whose clocks one was put back in between', () => {
    const { lower, higher, way } = two();
    // To the one the second introduction came earlier than the first, or in the same moment.
    for (const second of [1, 5]) {
      const mine = introduced({ ...way(7), at: second }, introduced(way(5), undefined));
      const theirs = introduced(way(7), introduced(way(5), undefined));
      const [newer, older] = mine.ways as [Way, Way];
      expect(
        judge({ ...mine, mine: asking(newer, 1) }, older, bundleOf(1), { me: lower, peer: higher }),
      ).toBe(judge({ ...theirs, mine: asking(way(7), 1) }, way(5), bundleOf(1), { me: higher, peer: lower }));
      expect(
        judge({ ...mine, mine: asking(older, 1) }, newer, bundleOf(1), { me: lower, peer: higher }),
      ).toBe(judge({ ...theirs, mine: asking(way(5), 1) }, way(7), bundleOf(1), { me: higher, peer: lower }));
    }
  });
});

describe('the ways back', () => {
  it('are those of the last three introductions', () => {
    const { way } = two();
    let row: RecoveryRow | undefined;
    for (const at of [1, 2, 3, 4]) row = introduced(way(at), row);
    expect(row?.ways.map(({ at }) => at)).toEqual([4, 3, 2]);
  });

  it('begin with the one that was used last, and nothing is asked over any once it was', () => {
    const { way } = two();
    const row = introduced(way(2), introduced(way(1), undefined));
    const suspecting = { ...row, mine: asking(way(2), 1), suspect: true };
    const after = settled(suspecting, { ...way(1), generation: 1 });
    expect(after.ways.map(({ at, generation }) => [at, generation])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(after.suspect).toBe(false);
    expect(after).not.toHaveProperty('mine');
  });

  it('remember the bundles of a long time, and no more', () => {
    const { way } = two();
    let row = introduced(way(1), undefined);
    for (let at = 0; at < 100; at++) row = remember(row, `${at}`);
    expect(row.handled).toHaveLength(32);
    expect(row.handled.at(-1)).toBe('99');
  });
});
