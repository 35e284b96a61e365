import { SAFETY_EMOJI } from '@aside/wasm-crypto';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { catalogueFor, isolating, localeFor } from './index.ts';
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

describe('what a sentence is given', () => {
  const ltr = isolating(en);
  const rtl = isolating({ ...en, direction: 'rtl' });

  it('stands by itself where it is written the other way, so that it turns nothing else round', () => {
    expect(ltr.contact.about('שרה (2)')).toBe('About \u2068שרה (2)\u2069');
    expect(ltr.serverMove.reads('أمل', 'chat.example.org')).toBe(
      '\u2068أمل\u2069 gets messages at chat.example.org.',
    );
    expect(ltr.lock.minutes(60)).toBe(en.lock.minutes(60));
    expect(rtl.contact.about('Bob')).toBe('About \u2068Bob\u2069');
    expect(rtl.contact.about('שרה 2')).toBe('About שרה 2');
  });

  it('is left as it is where it is written the same way', () => {
    for (const name of ['Bob', 'Inês', 'Ольга', '林', '🌙 7'])
      expect(ltr.contact.about(name)).toBe(en.contact.about(name));
  });

  it('neither turns the sentence round nor leaves its place, whatever somebody called themselves', () => {
    expect(ltr.trust.goOnHint('Bob\u202e')).toBe(en.trust.goOnHint('\u2068Bob\u2069'));
    expect(ltr.contact.about('Bob\u2069\u202e')).toBe('About \u2068Bob\u2069');
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
