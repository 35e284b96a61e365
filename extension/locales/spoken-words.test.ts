import { describe, expect, it } from 'vitest';
import { SPOKEN_WORDS } from './spoken-words.ts';

/** Whether one letter inserted, left out or changed leads from one word to the other. */
function oneStepApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}

describe('the list of words for saying aloud', () => {
  it('has 2,048 words of 4 to 8 letters in the order of the alphabet, each once', () => {
    expect(SPOKEN_WORDS).toHaveLength(2048);
    for (const word of SPOKEN_WORDS) expect(word).toMatch(/^[a-z]{4,8}$/);
    expect([...new Set(SPOKEN_WORDS)].sort()).toEqual(SPOKEN_WORDS);
  });

  it('has no two that one letter makes the same', () => {
    expect(
      oneStepApart('river', 'rivers') && oneStepApart('lamp', 'camp') && oneStepApart('able', 'table'),
    ).toBe(true);
    expect(oneStepApart('river', 'rover') && !oneStepApart('river', 'riots')).toBe(true);
    const close = SPOKEN_WORDS.flatMap((word, at) =>
      SPOKEN_WORDS.slice(at + 1)
        .filter((other) => oneStepApart(word, other))
        .map((other) => `${word} ${other}`),
    );
    expect(close).toEqual([]);
  });

  it('tells any two apart by five letters, and begins none with another', () => {
    expect(new Set(SPOKEN_WORDS.map((word) => word.slice(0, 5))).size).toBe(2048);
    for (let at = 1; at < SPOKEN_WORDS.length; at++) {
      expect(SPOKEN_WORDS[at]?.startsWith(SPOKEN_WORDS[at - 1] ?? '')).toBe(false);
    }
  });
});
