/** What the specification lists is what the code has. Not in src: the browsers, where that suite runs again, read no files. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LABELS } from './src/labels.ts';
import { SAFETY_EMOJI } from './src/safety-emoji.ts';

describe('the pictures of a safety number', () => {
  it('are the 256 of the specification, in its order, each one code point that is drawn in colour', () => {
    const spec = readFileSync(new URL('SPEC.md', import.meta.url), 'utf8');
    const listed = spec
      .match(/```\n((?:\p{Emoji_Presentation}[ \n])+)```/u)?.[1]
      ?.trim()
      .split(/[ \n]/);
    expect(listed).toEqual(SAFETY_EMOJI);
    expect(new Set(SAFETY_EMOJI).size).toBe(256);
    expect(SAFETY_EMOJI.filter((each) => [...each].length !== 1)).toEqual([]);
  });
});

describe('the labels', () => {
  it('are those that the specification names, and none begins another', () => {
    const spec = readFileSync(new URL('SPEC.md', import.meta.url), 'utf8');
    const texts = Object.values(LABELS).map((bytes) => new TextDecoder().decode(bytes));
    const names = texts.map((text) => /^aside\/1 ([a-z -]+)\0$/.exec(text)?.[1]);
    expect(names.filter((name) => !spec.includes(`"${name}"`) && !spec.includes(`\`${name}\``))).toEqual([]);
    expect(texts.filter((text) => texts.filter((other) => other.startsWith(text)).length !== 1)).toEqual([]);
  });
});
