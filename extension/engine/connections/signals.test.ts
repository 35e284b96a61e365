/** What SPEC 16.4 says of signals, at each bound and one beyond it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeSignal, encodeSignal, type LocalSignal } from './signals.ts';

const spec = readFileSync(new URL('../../../wasm-crypto/SPEC.md', import.meta.url), 'utf8');
const section = (spec.split('\n16.4 ')[1]?.split('\n16.5 ')[0] ?? '').replaceAll('\n', ' ');

/** The number in a sentence of the section. */
function bound(sentence: RegExp): number {
  const [, number] = sentence.exec(section) ?? [];
  if (number === undefined) throw new Error(`SPEC 16.4 says nothing of ${sentence}`);
  return Number(number.replace(',', ''));
}

const candidates = (count: number, length = 1, mid = 1): LocalSignal => ({
  kind: 'candidates',
  list: Array(count).fill({ candidate: 'c'.repeat(length), mid: 'm'.repeat(mid) }),
});

it.each<[string, RegExp, (size: number) => LocalSignal]>([
  [
    'a description',
    /at most ([\d,]+) characters, without/,
    (size) => ({ kind: 'offer', sdp: 's'.repeat(size) }),
  ],
  ['a list', /at most (\d+) candidates/, (size) => candidates(size)],
  ['a candidate', /`candidate` of at most (\d+) characters/, (size) => candidates(1, size)],
  ['its part', /`mid` of at most (\d+)/, (size) => candidates(1, 1, size)],
])('is as long as the specification lets it be, and no longer: %s', (_what, sentence, of) => {
  const most = bound(sentence);
  expect(decodeSignal(encodeSignal(of(most), 2 ** 32 - 1))).toMatchObject(of(most));
  expect(decodeSignal(encodeSignal(of(most + 1), 0))).toBeUndefined();
  expect(decodeSignal(encodeSignal(of(most), 2 ** 32))).toBeUndefined();
});
