import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wantedIn } from '../../bridge/folding.ts';
import { excerptOf } from './excerpt.ts';

const of = (text: string, typed: string) => excerptOf(text, wantedIn(typed));

describe('an excerpt', () => {
  it.each<[string, string, string]>([
    ['Shall we meet at the River?', 'river', 'River'],
    ['at the cafe\u0301 then', 'CAFÉ', 'cafe\u0301'],
    ['in der Straße 5', 'strasse', 'Straße'],
    ['in der Straße 5', 'stras', 'Straß'],
    ['I ❤️ it', '❤', '❤️'],
    ['good 👍🏽 then', '👍', '👍🏽'],
    ['all 👨‍👩‍👧 here', '👩', '👨‍👩‍👧'],
    ['two\n\nwords', 'two words', 'two\n\nwords'],
    ['نلتقي عند النَّهر غدا', 'النهر', 'النَّهر'],
    ['fin\u00adally there', 'finally', 'fin\u00adally'],
    ['明天在河边见吗？', '河边', '河边'],
  ])('of “%s” for “%s” marks “%s”', (text, typed, match) => {
    const excerpt = of(text, typed);
    expect(excerpt?.match).toBe(match);
    expect(`${excerpt?.before}${excerpt?.match}${excerpt?.after}`).toBe(text);
  });

  it('is there only where the text has it', () => {
    expect(of('Shall we meet?', 'river')).toBeUndefined();
    expect(of('', 'river')).toBeUndefined();
    expect(of('a\u0301b', 'abc')).toBeUndefined();
  });

  it('of a long text has the words around the first place, and says where some are left out', () => {
    const around = 'one two three four five six seven eight nine ten ';
    const { before, match, after } = of(`${around.repeat(20)}River ${around.repeat(20)}river`, 'river') ?? {};
    expect(before).toBe('…four five six seven eight nine ten ');
    expect(match).toBe('River');
    expect(after).toMatch(/^ one two .*…$/);
    expect(after?.length).toBeLessThan(130);
  });

  it('is bounded and whole, whatever a contact writes', () => {
    const hostile = [
      `a${'\u200b'.repeat(50_000)}b`,
      `${'👩\u200d'.repeat(20_000)}ab`,
      `a${'\u0316'.repeat(50_000)}b${'\u0316'.repeat(50_000)}`,
      `${'👩'.repeat(300)}ab${'👩'.repeat(300)}`,
    ];
    for (const text of hostile) {
      const { before, match, after } = of(text, 'ab') ?? { before: '', match: '', after: '' };
      expect(match).not.toBe('');
      expect(before.length + match.length + after.length).toBeLessThan(800);
    }
    const { before, after } = of(hostile.at(-1) ?? '', 'ab') ?? {};
    // No half of a character: in UTF-8 that would become another one.
    for (const part of [before, after]) expect(Buffer.from(part ?? '').toString()).toBe(part);
  });

  it('has what was typed in its match, wherever that stands', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 60 });
    const typed = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, typed, words, (before, wanted, after) => {
        fc.pre(wantedIn(wanted) !== '');
        const excerpt = of(`${before} ${wanted} ${after}`, wanted);
        expect(wantedIn(excerpt?.match ?? '')).toContain(wantedIn(wanted));
      }),
    );
  });
});
