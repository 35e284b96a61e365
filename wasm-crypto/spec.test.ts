/** What the specification lists is what the code has. Not in src: the browsers, where that suite runs again, read no files. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readIdentityStatement } from './src/identity-statement.ts';
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

describe('the blanks around a statement of identity', () => {
  it('are those that the specification names', () => {
    const spec = readFileSync(new URL('SPEC.md', import.meta.url), 'utf8');
    const [, listed = ''] = /Blanks are [^:]*: ([^.]*)\./.exec(spec) ?? [];
    const named = [...listed.matchAll(/U\+([0-9A-F]{4})(?: to U\+([0-9A-F]{4}))?/g)].flatMap(
      ([, from = '', to = from]) => {
        const [first, last] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
        return Array.from({ length: last - first + 1 }, (_, at) => first + at);
      },
    );
    const groups = Array(8).fill('0123').join(' ');
    const lines = ['Aside identity statement, version 1', 'This is my identity in Aside:', groups, groups];
    const isRead = (text: string) => {
      try {
        return readIdentityStatement(text).date === '2026-11-24';
      } catch {
        return false;
      }
    };
    const whole = [...lines, 'Date: 2026-11-24'].join('\n');
    const blanks = Array.from({ length: 0xd800 }, (_, code) => code)
      .concat(Array.from({ length: 0x2000 }, (_, at) => 0xe000 + at))
      .filter((code) => isRead(whole + String.fromCodePoint(code)));
    for (const blank of blanks.map((code) => String.fromCodePoint(code))) {
      expect(isRead(blank + whole)).toBe(true);
      // A line end there would make a line more.
      if (blank !== '\n') expect(isRead(whole.replaceAll('\n', `${blank}\n`))).toBe(true);
    }
    expect(named).toEqual(blanks);
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
