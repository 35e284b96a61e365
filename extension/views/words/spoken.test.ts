import { describe, expect, it } from 'vitest';
import { SPOKEN_WORDS } from '../../locales/spoken-words.ts';
import { complete, completeOnly, hear, spell } from './spoken.ts';

const numberOf = (word: string) => SPOKEN_WORDS.indexOf(word);
const three = ['river', 'window', 'lemonade'].map(numberOf);

describe('what was typed', () => {
  it('is three words, however they are written', () => {
    for (const text of [
      'river window lemonade',
      ' River  WINDOW lemonade ',
      'river, window, lemonade.',
      'river-window-lemonade',
      'river\nwindow\tlemonade',
    ]) {
      expect(hear(text).all).toEqual(three);
      expect(hear(text).server).toBeUndefined();
    }
    expect(spell(hear('river window lemonade').all ?? [0, 0, 0])).toEqual(['river', 'window', 'lemonade']);
  });

  it('may name a server', () => {
    for (const text of [
      'river window lemonade at Chat.example.org',
      'river window lemonade @chat.example.org ',
    ]) {
      expect(hear(text)).toMatchObject({ all: three, server: 'chat.example.org' });
    }
    expect(hear('river window lemonade at ').server).toBeUndefined();
  });

  it('is not all there before there are three, nor with a fourth', () => {
    expect(hear('').words).toEqual([]);
    expect(hear('river window').all).toBeUndefined();
    expect(hear('river window lemonade river').all).toBeUndefined();
    expect(hear('river window lemo').all).toBeUndefined();
  });

  it('is a beginning with words that go on, or a typo at the first letter too many', () => {
    const begun = hear('river lemo');
    expect(begun.rest).toEqual({ text: 'lemo', known: true });
    expect(begun.suggestions).toContain('lemonade');
    const wrong = hear('rivre');
    expect(wrong.rest).toEqual({ text: 'rivre', known: false });
    expect(wrong.suggestions[0]).toBe('river');
    const finished = hear('lemo window');
    expect(finished.rest).toEqual({ text: 'lemo', known: false });
    expect(hear('xqzxqz').suggestions).toEqual([]);
    expect(hear('x'.repeat(5000)).suggestions).toEqual([]);
  });

  it('with a letter too many at its end is that word before all others that it may be', () => {
    const others = SPOKEN_WORDS.filter((word) => hear(`${word}x`).suggestions[0] !== word);
    // "relax" is as near to "relyx" as "rely", and comes before it in the list.
    expect(others).toEqual([]);
  });

  it('is completed by choosing, and by a space where only one word begins so', () => {
    expect(complete('river lemo', 'lemonade')).toBe('river lemonade ');
    expect(complete('rivre window', 'river')).toBe('river window');
    expect(completeOnly('lemona ')).toBe('lemonade ');
    expect(completeOnly('river ')).toBe('river ');
    expect(completeOnly('re ')).toBe('re ');
    expect(completeOnly('lemona')).toBe('lemona');
  });
});
