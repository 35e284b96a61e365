import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { termsIn } from '../../bridge/folding.ts';
import { excerptOf } from './excerpt.ts';

const of = (text: string, typed: string) => excerptOf(text, termsIn(typed));
/** With what is marked in brackets. */
const marked = (text: string, typed: string) =>
  of(text, typed)
    ?.map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('');
const hits = (text: string, typed: string) =>
  of(text, typed)?.flatMap((part) => (part.hit ? [part.text] : []));

describe('an excerpt', () => {
  it.each<[string, string, string]>([
    ['Shall we meet at the River?', 'river', 'River'],
    ['at the cafe\u0301 then', 'CAFÉ', 'cafe\u0301'],
    ['in der Straße 5', 'strasse', 'Straße'],
    ['in der Straße 5', 'stras', 'Straß'],
    ['I ❤️ it', '❤', '❤️'],
    ['good 👍🏽 then', '👍', '👍🏽'],
    ['all 👨‍👩‍👧 here', '👩', '👨‍👩‍👧'],
    ['two\n\nwords', '"two words"', 'two\n\nwords'],
    ['نلتقي عند النَّهر غدا', 'النهر', 'النَّهر'],
    ['fin\u00adally there', 'finally', 'fin\u00adally'],
    ['明天在河边见吗？', '河边', '河边'],
  ])('of “%s” for “%s” marks “%s”', (text, typed, match) => {
    expect(hits(text, typed)).toEqual([match]);
    expect(
      of(text, typed)
        ?.map((part) => part.text)
        .join(''),
    ).toBe(text);
  });

  it.each<[string, string, string]>([
    ['several words in any order', 'river MEET', 'Shall we [meet] at the [river]?'],
    ['a phrase', '"at the"', 'Shall we meet [at the] river?'],
    ['a phrase and a word', '"at the" shall', '[Shall] we meet [at the] river?'],
    ['a word everywhere', 'e', 'Shall w[e] m[ee]t at th[e] riv[e]r?'],
    ['words that overlap as one', 'meet eet', 'Shall we [meet] at the river?'],
    ['words that overlap by a part as one', '"we me" meet', 'Shall [we meet] at the river?'],
  ])('marks %s', (_, typed, expected) => {
    expect(marked('Shall we meet at the river?', typed)).toBe(expected);
  });

  it('is there only where the text has all of it', () => {
    expect(of('Shall we meet?', 'river')).toBeUndefined();
    expect(of('Shall we meet?', 'meet river')).toBeUndefined();
    expect(of('Shall we meet?', '"meet we"')).toBeUndefined();
    expect(of('', 'river')).toBeUndefined();
    expect(of('a\u0301b', 'abc')).toBeUndefined();
  });

  const around = 'one two three four five six seven eight nine ten ';

  it('of a long text has the words around, and says where some are left out', () => {
    const text = marked(`${around.repeat(20)}River ${around.repeat(20)}river`, 'river') ?? '';
    expect(text).toMatch(/^…four five six seven eight nine ten \[River\] one two .*…$/);
    expect(text.length).toBeLessThan(180);
  });

  it('is where the words lie closest together', () => {
    const text = `${around.repeat(20)}river ${around.repeat(20)}boat ${around.repeat(20)}river boat`;
    expect(marked(text, 'boat river')).toBe('…four five six seven eight nine ten [river] [boat]');
  });

  it('shows each word where they lie apart, and leaves out what is between', () => {
    const text = `The river. ${around.repeat(20)}The boat. ${around.repeat(20)}`;
    expect(marked(text, 'boat river')).toMatch(
      /^The \[river\]\. one two .* … eight nine ten The \[boat\]\. one two .*…$/,
    );
    expect(marked(text, 'boat river')?.length).toBeLessThan(180);
  });

  const total = (text: string, typed: string) =>
    of(text, typed)?.reduce((sum, part) => sum + part.text.length, 0) ?? Number.POSITIVE_INFINITY;

  it('is bounded and whole, whatever a contact writes', () => {
    const hostile = [
      `a${'\u200b'.repeat(50_000)}b`,
      `${'👩\u200d'.repeat(20_000)}ab`,
      `x${'👩\u200d'.repeat(20_000)}ab`,
      `a${'\u0316'.repeat(50_000)}b${'\u0316'.repeat(50_000)}`,
      `${'👩'.repeat(300)}ab${'👩'.repeat(300)}`,
    ];
    for (const text of hostile) {
      expect(hits(text, 'ab')?.[0]).toBeTruthy();
      expect(total(text, 'ab')).toBeLessThan(800);
      // No half of a character: in UTF-8 that would become another one.
      for (const typed of ['ab', '👩'])
        for (const part of of(text, typed) ?? []) expect(Buffer.from(part.text).toString()).toBe(part.text);
    }
    const words = Array.from({ length: 16 }, (_, n) => `w${n + 10}`);
    const apart = words.map((word) => [...word].join('\u200b'.repeat(200))).join(around.repeat(20));
    expect(hits(apart, words.join(' '))).toHaveLength(16);
    expect(total(apart, words.join(' '))).toBeLessThan(1800);
    expect(total('a '.repeat(30_000), 'a "a a"')).toBeLessThan(800);
  });

  it('has what was typed in its marks, wherever that stands', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 60 });
    // Between quotation marks it would be one phrase, which is not what the text has.
    const typed = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .map((some) => some.replaceAll(/["“”„‟«»＂]/gu, ''));
    fc.assert(
      fc.property(words, typed, words, typed, (before, one, between, other) => {
        const terms = termsIn(`${one} ${other}`);
        fc.pre(terms.length > 0);
        const text = hits(`${before} ${one} ${between} ${other}`, `${one} ${other}`)?.join(' ') ?? '';
        for (const term of terms) expect(termsIn(`"${text}"`).join()).toContain(term);
      }),
    );
  });
});
