import { describe, expect, it } from 'vitest';
import {
  AddressError,
  canonicalServer,
  inviteLink,
  isServer,
  readInviteLink,
  readTypedServer,
  serverWithPass,
  socketAddress,
} from './address.ts';

describe('a server as typed', () => {
  it.each([
    ['chat.example.org', 'https://chat.example.org'],
    ['  Chat.Example.org/some/path?x#y ', 'https://chat.example.org'],
    ['https://chat.example.org:8443/', 'https://chat.example.org:8443'],
    ['wss://chat.example.org', 'https://chat.example.org'],
    ['127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['localhost', 'http://localhost'],
    ['http://[::1]:9', 'http://[::1]:9'],
  ])('%s is %s', (typed, canonical) => expect(canonicalServer(typed)).toBe(canonical));

  it.each([
    ['', 'server-malformed'],
    ['two words', 'server-malformed'],
    ['ftp://example.org', 'server-malformed'],
    ['https://user:secret@example.org', 'server-malformed'],
    [`${'a'.repeat(300)}.org`, 'server-malformed'],
    [`${'\u{ff}'.repeat(60)}.`.repeat(3), 'server-malformed'],
    ['http://chat.example.org', 'server-insecure'],
    ['ws://192.168.1.7', 'server-insecure'],
    // Names that only begin or end as this machine's do.
    ['http://127.0.0.1.example.org', 'server-insecure'],
    ['http://localhost.example.org', 'server-insecure'],
    ['http://not-localhost', 'server-insecure'],
  ])('%s is %s', (typed, code) => {
    expect(() => canonicalServer(typed)).toThrow(AddressError);
    expect(() => canonicalServer(typed)).toThrow(code);
  });

  it('may have a pass behind it, which stays what it is', () => {
    const pass = new TextEncoder().encode('0123456789-abcdef_X');
    for (const typed of [
      'chat.example.org#pass=0123456789-abcdef_X',
      ' https://Chat.example.org/#pass=0123456789-abcdef_X ',
    ]) {
      expect(readTypedServer(typed)).toEqual({ server: 'https://chat.example.org', pass });
      expect(serverWithPass(readTypedServer(typed))).toBe(
        'https://chat.example.org/#pass=0123456789-abcdef_X',
      );
    }
    expect(readTypedServer('chat.example.org/#other=1')).toEqual({ server: 'https://chat.example.org' });
    for (const wrong of [
      'chat.example.org/#pass=',
      'chat.example.org/#pass=not one',
      `a.example#pass=${'x'.repeat(256)}`,
    ]) {
      expect(() => readTypedServer(wrong)).toThrow('server-malformed');
    }
  });

  it('has its socket under the same name', () => {
    expect(socketAddress('https://a.example', '/v1')).toBe('wss://a.example/v1');
    expect(socketAddress('http://127.0.0.1:9', '/v1')).toBe('ws://127.0.0.1:9/v1');
  });
});

describe('the address of an invite', () => {
  const text = 'AQIDBAUGBwgJCgsMDQ4PEBES';

  it('comes back from its link', () => {
    expect(readInviteLink(` ${inviteLink('https://a.example', text)}\n`)).toEqual({
      server: 'https://a.example',
      text,
    });
  });

  it.each([
    `https://a.example/i?x#${text}`,
    `https://a.example/i/#${text}`,
    `https://a.example/j#${text}`,
    `https://a.example/x#${text}`,
    `https://a.example/a/i#${text}`,
    `https://a.example/#https://a.example/i#${text}`,
    `https://A.example/i#${text}`,
    `http://a.example/i#${text}`,
    `https://user@a.example/i#${text}`,
    `javascript:alert(1)//i#${text}`,
    'https://a.example/i#short',
    `https://a.example/i#${text}${'x'.repeat(400)}`,
  ])('is nothing else: %s', (link) => expect(readInviteLink(link)).toBeUndefined());
});

describe('what is said to be a server', () => {
  it('is one where an address that somebody typed leads there', () => {
    for (const typed of [
      'chat.example.org',
      'https://chat.example.org:8443/',
      'http://localhost:8080',
      '127.0.0.1:9',
      'http://[::1]:1',
      'https://[2001:db8::1]',
      'bücher.example',
      'a_b.example',
    ])
      expect(isServer(canonicalServer(typed)), typed).toBe(true);
  });

  it('is none without TLS, or where its text is not all that it is', () => {
    for (const said of [
      'http://chat.example.org',
      'http://127.0.0.1.example.org',
      'https://chat.example.org/',
      'https://chat.example.org/\u202egnp',
      'https://a@chat.example.org',
      'https://Chat.example.org',
      'https://bücher.example',
      'https://a.example:443',
      'http://localhost:80',
      'https://a.example:0443',
      'https://a b.example',
      'https://',
      'wss://chat.example.org',
      `https://${'x'.repeat(200)}`,
      '',
    ])
      expect(isServer(said), said).toBe(false);
  });
});
