import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEXT_MAX_BYTES } from '../bridge/types/bounds.ts';
import { decodeSignal, encodeSignal } from './connections/signals.ts';
import {
  type Content,
  ContentError,
  decodeContent,
  decodeNote,
  encodeContent,
  encodeNote,
  type RecoveryNote,
} from './content.ts';

const id = '00112233445566778899aabbccddeeff';
const text: Content = {
  v: 1,
  kind: 'text',
  number: 3,
  seen: 2,
  clock: 5,
  id,
  order: 5,
  begun: 4,
  text: 'Grüße 🌙',
};
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A first word that tells of a mailbox at a server. */
const readingAt = (server: string): Content => ({
  v: 1,
  kind: 'profile',
  number: 1,
  seen: 0,
  clock: 0,
  first: true,
  name: 'Alice',
  mailbox: { id: 'ab'.repeat(32), server },
});

/** The lines of one of SPEC's blocks of JSON. */
function specified(block: number): string[] {
  const spec = readFileSync(new URL('../../wasm-crypto/SPEC.md', import.meta.url), 'utf8');
  const blocks = [...spec.matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, lines]) => lines?.split('\n') ?? []);
  return blocks[block] ?? [];
}

describe('what SPEC 16 shows', () => {
  it('is content, one of each kind', () => {
    const contents = specified(0).map((line) => decodeContent(new TextEncoder().encode(line)));
    expect(contents.map(({ kind }) => kind)).toEqual(['profile', 'text', 'proof', 'void', 'receipt']);
    for (const [at, content] of contents.entries())
      expect(JSON.parse(new TextDecoder().decode(encodeContent(content)))).toEqual(
        JSON.parse(specified(0)[at] as string),
      );
  });

  it('is a signal, with a description and with candidates', () => {
    const signals = specified(1).map((line) => decodeSignal(new TextEncoder().encode(line)));
    expect(signals.map((signal) => signal?.kind)).toEqual(['offer', 'candidates']);
    for (const signal of signals) {
      if (signal === undefined) throw new Error('no signal');
      const { v: _, to, ...local } = signal;
      expect(decodeSignal(encodeSignal(local, to))).toEqual(signal);
    }
  });
});

describe('content', () => {
  it.each<Content>([
    text,
    { v: 1, kind: 'receipt', seen: 9, clock: 0, beyond: [11, 12] },
    { v: 1, kind: 'void', number: 4, seen: 0, clock: 7 },
    readingAt('https://a.example'),
  ])('comes back as it was: $kind', (value) => expect(decodeContent(encodeContent(value))).toEqual(value));

  it('is understood also where it names a server whose name this browser knows nothing of', () => {
    // Another browser's list of letters is a newer one.
    const server = 'https://xn--a.example';
    expect(() => new URL(server)).toThrow();
    expect(decodeContent(encode(readingAt(server)))).toEqual(readingAt(server));
    const note: RecoveryNote = { v: 1, mailbox: { id: 'ab'.repeat(32), server } };
    expect(decodeNote(encodeNote(note))).toEqual(note);
  });

  it.each([
    ['another version', { ...text, v: 2 }],
    ['an unknown kind', { ...text, kind: 'order' }],
    ['a member too many', { ...text, extra: 1 }],
    ['a number that is none', { ...text, number: 1.5 }],
    ['a negative number', { ...text, number: -1 }],
    ['a number past every bound', { ...text, number: 2 ** 41 }],
    ['an order that is none', { ...text, order: 0 }],
    ['an empty text', { ...text, text: '' }],
    ['a text that is too long', { ...text, text: 'x'.repeat(TEXT_MAX_BYTES + 1) }],
    ['an id of another shape', { ...text, id: 'x' }],
    [
      'too many numbers',
      { v: 1, kind: 'receipt', seen: 0, clock: 0, beyond: Array.from({ length: 257 }, (_, i) => i) },
    ],
    ['a server without TLS', readingAt('http://a.example')],
    ['a server by its second name', readingAt('https://a.example:443')],
  ])('refuses %s', (_name, value) => expect(() => decodeContent(encode(value))).toThrow(ContentError));

  it('refuses arbitrary bytes in one way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeContent(bytes)).toThrow(ContentError);
      }),
    );
  });
});
