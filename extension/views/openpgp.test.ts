import * as pgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { OpenPgpError } from './models/surroundings.ts';
import { checkSignature } from './openpgp.ts';

const TEXT = 'Aside identity statement, version 1\n- a line that begins with a dash \nDate: 2026-11-24';
/** Without the blank that a signature of text leaves out. */
const SIGNED = TEXT.replace('dash ', 'dash');
const HOUR = 3600 * 1000;
const now = Date.now();

type Keys = Awaited<ReturnType<typeof make>>;

async function make(name: string, options: { expires?: number; madeAt?: number } = {}) {
  const { privateKey, publicKey, revocationCertificate } = await pgp.generateKey({
    userIDs: [{ name, email: 'someone@example.org' }],
    format: 'object',
    date: new Date(options.madeAt ?? now - 2 * HOUR),
    ...(options.expires === undefined ? {} : { keyExpirationTime: options.expires }),
  });
  return { privateKey, publicKey, revocationCertificate, armored: publicKey.armor() };
}

async function sign(
  text: string,
  { privateKey }: Pick<Keys, 'privateKey'>,
  at = now - HOUR,
): Promise<string> {
  const message = await pgp.createCleartextMessage({ text });
  return pgp.sign({ message, signingKeys: privateKey, date: new Date(at) });
}

const failure = (message: string, key: string) =>
  checkSignature(message, key, now).then(
    () => undefined,
    (error: unknown) => (error instanceof OpenPgpError ? error.code : error),
  );

describe('a text signed with an OpenPGP key', () => {
  let bob: Keys;
  let message: string;
  beforeAll(async () => {
    bob = await make('Bob \u202eBackwards');
    message = await sign(TEXT, bob);
  });

  it('is told with the key, its names without tricks, and the time', async () => {
    const outcome = await checkSignature(`pasted with a greeting\n\n${message}`, bob.armored, now);
    expect(outcome).toEqual({
      state: 'signed',
      text: SIGNED,
      at: Math.floor((now - HOUR) / 1000) * 1000,
      fingerprint: bob.publicKey.getFingerprint().toUpperCase(),
      userIds: ['Bob  Backwards <someone@example.org>'],
    });
  });

  it('is checked with a curve and with RSA, and by a key that signs with a part of itself', async () => {
    const { privateKey, publicKey } = await pgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'Old' }],
      subkeys: [{ sign: true }],
      format: 'object',
      date: new Date(now - 2 * HOUR),
    });
    const outcome = await checkSignature(await sign(TEXT, { privateKey }), publicKey.armor(), now);
    expect(outcome.state).toBe('signed');
  });

  it('says that another key signed', async () => {
    const eve = await make('Bob');
    expect((await checkSignature(message, eve.armored, now)).state).toBe('other-key');
  });

  it('shows every change of the text', async () => {
    const outcome = await checkSignature(message.replace('2026', '2025'), bob.armored, now);
    expect(outcome.state).toBe('bad-signature');
  });

  it('does not take a signature from the future, but for clocks that differ', async () => {
    const near = await sign(TEXT, bob, now + HOUR);
    const far = await sign(TEXT, bob, now + 48 * HOUR);
    expect((await checkSignature(near, bob.armored, now)).state).toBe('signed');
    expect((await checkSignature(far, bob.armored, now)).state).toBe('bad-signature');
  });

  it('says that the key is over, although it was not when it signed', async () => {
    const brief = await make('Brief', { expires: 2 * 3600, madeAt: now - 3 * HOUR });
    const signed = await sign(TEXT, brief, now - 2 * HOUR);
    expect((await checkSignature(signed, brief.armored, now)).state).toBe('expired');
    expect((await checkSignature(signed, brief.armored, now - 2 * HOUR)).state).toBe('signed');
  });

  it('says that the key was revoked, whenever it signed', async () => {
    const { publicKey } = await pgp.revokeKey({
      key: bob.publicKey,
      revocationCertificate: bob.revocationCertificate,
      format: 'object',
    });
    expect((await checkSignature(message, publicKey.armor(), now + HOUR)).state).toBe('revoked');
  });

  it('refuses what is none, too long, or a private key', async () => {
    expect(await failure('hello', bob.armored)).toBe('message-damaged');
    expect(await failure(message.slice(0, -200), bob.armored)).toBe('message-damaged');
    expect(await failure(message, 'hello')).toBe('key-damaged');
    expect(await failure(message, bob.armored.slice(0, 200))).toBe('key-damaged');
    expect(await failure(message, bob.privateKey.armor())).toBe('key-private');
    expect(await failure(message + ' '.repeat(16 * 1024), bob.armored)).toBe('message-too-long');
    expect(await failure(message, bob.armored + ' '.repeat(256 * 1024))).toBe('key-too-long');
  });

  it('takes only a name that the owner of the key signed', async () => {
    const eve = await make('Mallory');
    const forged = new pgp.PacketList<pgp.AnyPacket>();
    forged.push(...bob.publicKey.toPacketList(), ...(eve.publicKey.users[0]?.toPacketList() ?? []));
    const key = await pgp.readKey({ binaryKey: forged.write() as Uint8Array<ArrayBuffer> });
    const outcome = await checkSignature(message, key.armor(), now);
    expect(outcome.userIds.join()).not.toContain('Mallory');
  });

  it('throws nothing but its own error at whatever is pasted', async () => {
    for (let round = 0; round < 40; round++) {
      const at = (round * 37) % message.length;
      const hurt = `${message.slice(0, at)}${String.fromCharCode(33 + round)}${message.slice(at + 1)}`;
      const outcome = await checkSignature(hurt, bob.armored, now).catch((error: unknown) => error);
      const isExpected = outcome instanceof OpenPgpError || !(outcome instanceof Error);
      expect(isExpected, `at ${at}: ${String(outcome)}`).toBe(true);
    }
  });
});
