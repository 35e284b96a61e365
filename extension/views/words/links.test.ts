import { describe, expect, it } from 'vitest';
import { linksIn } from './links.ts';

const addresses = (text: string) =>
  linksIn(text).flatMap(({ address }) => (address === undefined ? [] : [address]));

describe('addresses in a text', () => {
  it.each([
    ['See https://example.org/a?b=c#d, please.', ['https://example.org/a?b=c#d']],
    ['(https://example.org/wiki/Aside_(stage))', ['https://example.org/wiki/Aside_(stage)']],
    ['“http://example.org”', ['http://example.org/']],
    ['HTTPS://Example.org https://b.example!', ['https://example.org/', 'https://b.example/']],
    ['https://bücher.example/ä', ['https://xn--bcher-kva.example/%C3%A4']],
  ])('are found in %s', (text, found) => expect(addresses(text)).toEqual(found));

  it.each([
    'example.org',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'chrome-extension://abc/tab.html',
    'https://',
    'xhttps://example.org',
    // What stands before the @ reads like the place that it leads to.
    'https://bank.example@evil.example/',
    'https:// example.org',
  ])('are none in %s', (text) => expect(addresses(text)).toEqual([]));

  it('end where the writing is turned round or a sign cannot be seen', () => {
    for (const sign of ['\u202e', '\u2066', '\u200b', '\u00ad'])
      expect(addresses(`https://example.org/${sign}gro.elpmaxe`)).toEqual(['https://example.org/']);
  });

  it('leave every character of the text where it was', () => {
    const text = 'a https://example.org/(b). c\nhttps://example.org@x d';
    expect(
      linksIn(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });

  // In half a minute where each bracket has all of them counted.
  it('are found at once where a contact writes brackets without end', { timeout: 5000 }, () => {
    const [first] = linksIn(`https://a.example/${')'.repeat(60_000)}`);
    expect(first?.text).toBe('https://a.example/');
  });
});
