import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import { decodeIdentityKeys, newIdentity, publicIdentity } from './identity.ts';
import { identityFingerprint, identityStatement, readIdentityStatement } from './identity-statement.ts';
import { codeOf } from './test-people.ts';

beforeAll(loadCrypto);

const fixed = () => publicIdentity(decodeIdentityKeys(new Uint8Array(65).fill(7).fill(1, 0, 1)));

describe('a statement of identity', () => {
  it('names the identity and the day, in a form that never changes', () => {
    expect(identityStatement(fixed(), '2026-11-24').split('\n')).toEqual([
      'Aside identity statement, version 1',
      'This is my identity in Aside:',
      '6aca 0161 63d3 8603 d505 deef 099d cdfa',
      '5c36 bf71 b75e be5e c17b 4dd7 e6b7 4480',
      'Date: 2026-11-24',
    ]);
  });

  it('is read again, with the line ends and blanks that programs add', () => {
    const text = identityStatement(fixed(), '2026-11-24');
    const expected = { fingerprint: identityFingerprint(fixed()), date: '2026-11-24' };
    expect(readIdentityStatement(text)).toEqual(expected);
    const leap = identityStatement(fixed(), '2028-02-29');
    expect(readIdentityStatement(leap).date).toBe('2028-02-29');
    expect(readIdentityStatement(`\r\n${text.replaceAll('\n', ' \r\n')}\r\n\r\n`)).toEqual(expected);
  });

  it('is another one for another identity, and for either of its keys', () => {
    const a = fixed();
    const b = publicIdentity(newIdentity());
    const fingerprint = identityFingerprint(a);
    expect(identityFingerprint(b)).not.toBe(fingerprint);
    expect(identityFingerprint({ ...a, agreeKey: b.agreeKey })).not.toBe(fingerprint);
    expect(identityFingerprint({ ...a, signKey: b.signKey })).not.toBe(fingerprint);
  });

  it.each([
    ['words before it', (text: string) => `I never said:\n${text}`],
    ['words after it', (text: string) => `${text}\nNot really.`],
    ['words in it', (text: string) => text.replace('my identity', 'not my identity')],
    ['a digit missing', (text: string) => text.replace(/[0-9a-f]\nDate/, '\nDate')],
    ['upper case', (text: string) => text.toUpperCase()],
    ['no date', (text: string) => text.replace(/\nDate.*/, '')],
    ['another date', (text: string) => text.replace('2026-11-24', 'tomorrow')],
    ['a day that no month has', (text: string) => text.replace('2026-11-24', '2026-02-29')],
    ['a month that no year has', (text: string) => text.replace('2026-11-24', '2026-00-24')],
    ['far too much of it', (text: string) => text + ' '.repeat(2000)],
    ['nothing', () => ''],
  ])('is refused with %s', (_name, change) => {
    const text = change(identityStatement(fixed(), '2026-11-24'));
    expect(codeOf(() => readIdentityStatement(text))).toBe('malformed');
  });

  it('is refused as newer where it is of a later form, and with a date that is none when it is made', () => {
    const text = identityStatement(fixed(), '2026-11-24').replace('version 1', 'version 2');
    expect(codeOf(() => readIdentityStatement(text))).toBe('wrong-version');
    expect(codeOf(() => identityStatement(fixed(), '24.11.2026'))).toBe('malformed');
    expect(codeOf(() => identityStatement(fixed(), '2026-11-31'))).toBe('malformed');
  });
});
