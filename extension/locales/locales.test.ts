import { SAFETY_EMOJI } from '@aside/wasm-crypto';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { catalogueFor, localeFor } from './index.ts';
import { plural } from './plural.ts';

describe('the catalogue', () => {
  it('speaks English where it knows none of the languages', () => {
    expect(catalogueFor(['xx-YY', 'constructor'])).toBe(en);
    expect(catalogueFor([])).toBe(en);
  });

  it('writes dates as the person does, in the language of the words', () => {
    expect(localeFor(en, ['de-CH', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(localeFor(en, ['de-CH'])).toBe('en');
  });

  it('has no empty string', () => {
    const check = (node: unknown, path: string): void => {
      if (typeof node === 'string') expect(node.trim(), path).not.toBe('');
      else if (typeof node === 'object' && node !== null)
        for (const [key, value] of Object.entries(node)) check(value, `${path}.${key}`);
    };
    check(en, 'en');
  });
});

describe('where the three words are typed', () => {
  it('is told by the names of the buttons that lead there', () => {
    for (const name of [en.list.paste, en.spoken.typeOffer, en.firstRun.told])
      expect(en.spoken.where).toContain(`“${name}”`);
  });
});

describe('the pictures of a safety number', () => {
  it('have a name each, short enough to stand under it, and none is called as another', () => {
    const names = SAFETY_EMOJI.map((each) => en.emoji[each] ?? '');
    expect(new Set(names).size).toBe(SAFETY_EMOJI.length);
    expect(names.filter((name) => !/^[a-z]{2,12}$/.test(name))).toEqual([]);
  });
});

describe('plural', () => {
  it('follows the rules of the language', () => {
    const polish = plural('pl');
    const forms = { one: 'wiadomość', few: 'wiadomości', many: 'wiadomości (wiele)', other: 'wiadomości' };
    expect([1, 3, 5].map((n) => polish(n, forms))).toEqual(['wiadomość', 'wiadomości', 'wiadomości (wiele)']);
  });

  it('takes zero where it is given, and other where a form is missing', () => {
    const english = plural('en');
    expect(english(0, { zero: 'none', other: 'many' })).toBe('none');
    expect(english(0, { other: 'many' })).toBe('many');
    expect(english(1, { other: 'many' })).toBe('many');
  });
});
