import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { respond } from '../establish.ts';
import { newIdentity } from '../identity.ts';
import { labelledHash } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { pad } from '../padding.ts';
import { randomBytes } from '../random.ts';
import { seal } from '../session/seal.ts';
import { aeadSeal } from '../sodium.ts';
import { codeOf, invited, unhex, utf8 } from '../test-people.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { decodeContent, encodeContent, openBundle, SEALED_BUNDLE_BYTES, sealBundle } from './bundle.ts';
import { createInvite } from './create.ts';
import { decodeInviteKeys, encodeInviteKeys } from './keys.ts';
import { bundleSecrets, rendezvousKey } from './secrets.ts';
import { INVITE_TEXT_LENGTH, readInvite, writeInvite } from './text.ts';

beforeAll(loadCrypto);

/** A text of so many bytes that begins with a version and ends with its checksum (SPEC 4.1), as of another Aside. */
function wholeText(version: number, length: number): string {
  const body = new Uint8Array(length - 4);
  body[0] = version;
  return toBase64Url(concat(body, labelledHash(16, LABELS.inviteChecksum, body).subarray(0, 4)));
}

describe('the text of an invite', () => {
  it('keeps a link below 120 characters', () => {
    const { created } = invited();
    expect(created.text).toHaveLength(INVITE_TEXT_LENGTH);
    expect(`https://${'a'.repeat(32)}/i#${created.text}`.length).toBeLessThan(120);
  });

  it('says what it was made with', () => {
    const { created, invite } = invited();
    expect(invite.expires).toBe(2_000_000_000);
    expect(rendezvousKey(invite)).toEqual(created.rendezvousKey);
    expect(invite.secret).toEqual(created.keys.secret);
  });

  it('is damaged with any letter changed, lost or added', () => {
    const { text } = invited().created;
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(codeOf(() => readInvite(text.slice(0, at) + other + text.slice(at + 1)))).toBe('damaged');
      expect(codeOf(() => readInvite(text.slice(0, at) + text.slice(at + 1)))).toBe('damaged');
    }
    for (const bad of ['', 'A', 'AAAA', `${text}AAAA`, `${text.slice(0, -1)}*`, 'A'.repeat(5000)]) {
      expect(codeOf(() => readInvite(bad))).toBe('damaged');
    }
  });

  it('of a newer version is called that, not damaged', () => {
    const { invite } = invited();
    const newer = writeInvite({ ...invite, version: 2 as 1 });
    expect(codeOf(() => readInvite(newer))).toBe('wrong-version');
    // Any length up to that of a link, which no text is beyond.
    const [longest, longer] = [wholeText(2, 90), wholeText(2, 93)];
    expect([longest.length, longer.length]).toEqual([120, 124]);
    expect(codeOf(() => readInvite(longest))).toBe('wrong-version');
    expect(codeOf(() => readInvite(longer))).toBe('damaged');
  });

  it('of this version has one length, whatever its checksum says', () => {
    expect(codeOf(() => readInvite(wholeText(1, 57)))).toBe('nothing thrown');
    for (const length of [6, 54, 60, 90])
      expect(codeOf(() => readInvite(wholeText(1, length)))).toBe('damaged');
  });

  it('is over at a whole number of seconds', () => {
    const { invite } = invited();
    for (const expires of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(codeOf(() => writeInvite({ ...invite, expires }))).toBe('malformed');
    for (const expires of [0, 2 ** 32 - 1])
      expect(readInvite(writeInvite({ ...invite, expires })).expires).toBe(expires);
  });

  it('speaks base64url as RFC 4648 does', () => {
    expect(toBase64Url(unhex('14fb9c03d97e'))).toBe('FPucA9l-');
    expect(toBase64Url(unhex('fffefdfbefbe'))).toBe('__79--_-'.slice(0, 4) + toBase64Url(unhex('fbefbe')));
    for (let byte = 0; byte < 256; byte++) {
      const bytes = Uint8Array.of(byte, 255 - byte, byte ^ 85);
      expect(toBase64Url(bytes)).toBe(
        btoa(String.fromCharCode(...bytes))
          .replaceAll('+', '-')
          .replaceAll('/', '_'),
      );
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
    for (const bad of ['AAA', 'AA=A', 'AAA/', 'AAA+', 'AA A', 'AAAé', 'AAA\u{1f319}']) {
      expect(fromBase64Url(bad)).toBeUndefined();
    }
  });
});

describe('the bundle', () => {
  it('brings identity, one-time keys, reply mailbox and pass', () => {
    const me = newIdentity();
    const reply = { id: new Uint8Array(32).fill(4), server: 'https://bücher.example' };
    const guestPass = utf8('come in');
    const created = createInvite({ me, expires: 1, reply, guestPass });
    expect(created.bundle).toHaveLength(SEALED_BUNDLE_BYTES);
    const bundle = openBundle(readInvite(created.text), created.bundle);
    expect(bundle).toEqual({ identity: me.identity, oneTime: created.keys.oneTime, reply, guestPass });
  });

  it('has no pass where none was given, and any text of a server as it was written', () => {
    const me = newIdentity();
    for (const server of ['x', '\u{feff}https://aside.example.org', 'https://b\u0000']) {
      const reply = { id: new Uint8Array(32).fill(4), server };
      const created = createInvite({ me, expires: 1, reply });
      const bundle = openBundle(readInvite(created.text), created.bundle);
      expect(bundle.reply).toEqual(reply);
      expect('guestPass' in bundle).toBe(false);
    }
  });

  it('is a copy: changing its content afterwards changes nothing', () => {
    const { alice, created } = invited();
    const reply = { id: new Uint8Array(32).fill(4), server: 'x' };
    const bundle = {
      identity: alice.identity,
      oneTime: created.keys.oneTime,
      reply,
      guestPass: utf8('come in'),
    };
    const content = encodeContent(bundle);
    const decoded = decodeContent(content);
    content.fill(0);
    expect(decoded).toEqual(bundle);
  });

  it('is forged with any byte changed, and under another invite', () => {
    const { invite, created } = invited();
    for (let at = 1; at < created.bundle.length; at += 97) {
      const other = created.bundle.with(at, (created.bundle[at] ?? 0) ^ 1);
      expect(codeOf(() => openBundle(invite, other))).toBe('forged');
    }
    expect(codeOf(() => openBundle(invited().invite, created.bundle))).toBe('forged');
    expect(codeOf(() => openBundle(invite, created.bundle.with(0, 2)))).toBe('wrong-version');
    expect(codeOf(() => openBundle(invite, created.bundle.subarray(1)))).toBe('malformed');
  });

  it('is forged where the invite names another identity or another expiry', () => {
    const { invite, created } = invited();
    const identityHash = new Uint8Array(16);
    expect(codeOf(() => openBundle({ ...invite, identityHash }, created.bundle))).toBe('forged');
    expect(codeOf(() => openBundle({ ...invite, expires: 5 }, created.bundle))).toBe('forged');
  });

  it('is forged where whoever has the link put their own identity into it, and signed and sealed it well', () => {
    const { invite, created } = invited();
    const other = newIdentity();
    const content = { ...openBundle(invite, created.bundle), identity: other.identity };
    expect(codeOf(() => openBundle(invite, sealBundle(other, invite, content).bundle))).toBe('forged');
  });

  it('is forged where its maker’s own identity is none: its first key has not signed the second', () => {
    const me = newIdentity();
    const signature = me.identity.signature.with(0, (me.identity.signature[0] ?? 0) ^ 1);
    const reply = { id: new Uint8Array(32), server: 'x' };
    const created = createInvite({
      me: { ...me, identity: { ...me.identity, signature } },
      expires: 1,
      reply,
    });
    expect(codeOf(() => openBundle(readInvite(created.text), created.bundle))).toBe('forged');
  });

  it('is malformed without an address, whoever signed it', () => {
    const { invite, created } = invited();
    const bundle = openBundle(invite, created.bundle);
    const content = encodeContent({ ...bundle, reply: { ...bundle.reply, server: 'x' } });
    const withoutServer = Uint8Array.of(...content.subarray(0, -3), 0, 0);
    expect(codeOf(() => decodeContent(content))).toBe('nothing thrown');
    expect(codeOf(() => decodeContent(withoutServer))).toBe('malformed');
    // Before the pass, which is none, stands the address in one byte, which is no UTF-8 here.
    expect(codeOf(() => decodeContent(content.with(-2, 255)))).toBe('malformed');
    expect(codeOf(() => decodeContent(concat(content, Uint8Array.of(0))))).toBe('malformed');
  });

  it('of another suite is of a newer version', () => {
    const { alice, created } = invited();
    const reply = { id: new Uint8Array(32), server: 'x' };
    const content = encodeContent({ identity: alice.identity, oneTime: created.keys.oneTime, reply });
    expect(codeOf(() => decodeContent(content.with(0, 2)))).toBe('wrong-version');
  });

  it('is malformed where whoever has the link sealed less than a signature into it', () => {
    const { invite } = invited();
    const { sealKey } = bundleSecrets(invite.secret);
    const data = concat(LABELS.inviteBundle, Uint8Array.of(1, 1), invite.identityHash);
    for (const length of [0, 63, 64]) {
      const nonce = randomBytes(24);
      const padded = pad(randomBytes(length), SEALED_BUNDLE_BYTES - 41);
      const bundle = concat(Uint8Array.of(1), nonce, aeadSeal(sealKey, nonce, data, padded));
      expect(codeOf(() => openBundle(invite, bundle))).toBe('malformed');
    }
  });

  it('refuses addresses out of bounds', () => {
    const me = newIdentity();
    const id = new Uint8Array(32);
    const make = (reply: { id: Uint8Array; server: string }, guestPass = utf8('')) =>
      codeOf(() => createInvite({ me, expires: 1, reply, guestPass }));
    expect(make({ id, server: '' })).toBe('malformed');
    expect(make({ id, server: 'x'.repeat(256) })).toBe('malformed');
    expect(make({ id: id.subarray(1), server: 'x' })).toBe('malformed');
    expect(make({ id, server: 'x' }, new Uint8Array(256))).toBe('malformed');
    expect(make({ id, server: 'x'.repeat(255) }, new Uint8Array(255))).toBe('nothing thrown');
    expect(codeOf(() => createInvite({ me, expires: 2 ** 32, reply: { id, server: 'x' } }))).toBe(
      'malformed',
    );
  });
});

describe('the keys that wait', () => {
  it('survive their encoding and still answer', () => {
    const { alice, created, bobSession } = invited();
    const keys = decodeInviteKeys(encodeInviteKeys(created.keys));
    expect(keys).toEqual(created.keys);
    const bytes = encodeInviteKeys(created.keys);
    const copied = decodeInviteKeys(bytes);
    bytes.fill(0);
    expect(copied).toEqual(created.keys);
    const { envelope } = seal(bobSession, utf8('hello'));
    expect(respond({ me: alice, keys, envelope }).plaintext).toEqual(utf8('hello'));
  });

  it('are refused from newer code, or cut short', () => {
    const bytes = encodeInviteKeys(invited().created.keys);
    expect(codeOf(() => decodeInviteKeys(bytes.with(0, 2)))).toBe('wrong-version');
    expect(codeOf(() => decodeInviteKeys(bytes.subarray(0, -1)))).toBe('malformed');
  });
});
