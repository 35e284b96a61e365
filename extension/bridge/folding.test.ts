import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, wantedIn } from './folding.ts';

describe('folded text', () => {
  it.each([
    ['Café', 'cafe'],
    ['Cafe\u0301', 'cafe'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['İstanbul ıspanak', 'istanbul ispanak'],
    ['ΟΔΟΣ οδός', 'οδοσ οδοσ'],
    ['ﬁne', 'fine'],
    ['Ёлка й', 'елка и'],
    ['مُحَمَّد', 'محمد'],
    ['שָׁלוֹם', 'שלום'],
    ['が', 'か'],
    ['❤️', '❤'],
    ['two\r\n\u00a0 words', 'two words'],
    ['in\u00advis\u200bible \u2067turned\u2069', 'invisible turned'],
  ])('of %s is %s', (text, folded) => {
    expect(fold(text).text).toBe(folded.normalize('NFKD'));
  });

  it('keeps vowels that are written as marks', () => {
    expect(fold('की').text).not.toBe(fold('का').text);
    expect(fold('กิน').text).not.toBe(fold('กัน').text);
  });

  it('tells of each of its units which character it came from', () => {
    expect(fold('aß🌙é ')).toEqual({ text: 'ass🌙e ', from: [0, 1, 1, 2, 2, 4, 5] });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { text: folded, from } = fold(text);
        expect(from).toHaveLength(folded.length);
        expect(from).toEqual(from.toSorted((a, b) => a - b));
        expect(from.every((at) => at < text.length)).toBe(true);
      }),
    );
  });
});

describe('what is wanted', () => {
  it('is what was typed, without the space around it, and nothing where that shows nothing', () => {
    expect(wantedIn('  The  River ')).toBe('the river');
    expect(wantedIn(' \u0301\u200b\ufe0f ')).toBe('');
  });
});
