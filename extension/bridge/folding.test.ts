import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, hasAll, termsIn } from './folding.ts';

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

describe('what is looked for', () => {
  it.each<[string, string, readonly string[]]>([
    ['words', '  The  River ', ['the', 'river']],
    ['nothing that shows', ' \u0301\u200b\ufe0f ', []],
    ['nothing between quotation marks', '" " ""', []],
    ['words in quotation marks', 'mill "The  River " boat', ['mill', 'the river', 'boat']],
    ['a phrase whose end is not typed yet', 'mill "the ri', ['mill', 'the ri']],
    [
      'quotation marks of other languages',
      '„der Fluss“ «la rivière» “the river”',
      ['der fluss', 'la riviere', 'the river'],
    ],
    ['a word twice, and one that lies in another', 'river riv River "the river"', ['the river']],
  ])('is %s', (_, typed, terms) => {
    expect(termsIn(typed)).toEqual(terms);
  });

  it('is no more than a few words', () => {
    const typed = Array.from({ length: 40 }, (_, n) => `w${n + 100}`);
    expect(termsIn(typed.join(' '))).toEqual(typed.slice(0, 16));
  });

  it('is there in any order, all of it, and a phrase as it stands', () => {
    const has = (text: string, typed: string) => hasAll(fold(text).text, termsIn(typed));
    expect(has('Shall we meet at the River?', 'river meet')).toBe(true);
    expect(has('Shall we meet at the River?', 'river sea')).toBe(false);
    expect(has('Shall we meet at the River?', '"at the river"')).toBe(true);
    expect(has('Shall we meet at the River?', '"river the"')).toBe(false);
  });

  it('loses nothing that a person typed without quotation marks', () => {
    const words = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(words, (some) => {
        const typed = some.join(' ').replaceAll(/["“”„‟«»＂]/gu, '');
        const terms = termsIn(typed);
        for (const word of fold(typed).text.split(' '))
          expect(terms.some((term) => term.includes(word)) || word === '').toBe(true);
      }),
    );
  });
});
