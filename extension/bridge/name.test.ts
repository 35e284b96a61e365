import { describe, expect, it } from 'vitest';
import { cleanName, plainName } from './name.ts';

describe('a name', () => {
  it('keeps what it is written with, in any script', () => {
    for (const name of [
      'Inês',
      'شهرزاد',
      'שרה (2)',
      'نرگس\u200cخانم',
      '👩\u200d👩\u200d👧',
      '❤\ufe0f',
      '林 7',
      '🏴\u{e0067}\u{e0062}\u{e007f}',
    ])
      expect(plainName(name)).toBe(name);
  });

  it('breaks no line, turns nothing round, and hides nothing', () => {
    expect(plainName(' Al\n\u202eice\u0007 ')).toBe('Al ice');
    expect(plainName('Bob\u061c (you)')).toBe('Bob (you)');
    expect(plainName('B\u200bo\u2060b\u00ad\u{e0001}')).toBe('Bob');
  });

  it.each([
    '',
    ' \n',
    '\u200b\u2060',
    '\u3164',
    '\u2800 \u2800',
    '\u200d',
    '\ufe0f',
    '\u202e',
    '\u115f\uffa0',
  ])('of which nothing is to be seen is none: %j', (name) => {
    expect(plainName(name)).toBe('');
    expect(() => cleanName(name)).toThrow(expect.objectContaining({ code: 'name-empty' }));
  });

  it('is bounded by what is left of it', () => {
    expect(cleanName(`${'\u200b'.repeat(200)}Bob`)).toBe('Bob');
    expect(() => cleanName('x'.repeat(61))).toThrow(expect.objectContaining({ code: 'name-too-long' }));
  });
});
