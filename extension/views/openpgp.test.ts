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

/** A number of OpenPGP's: its length in bits, and as many bytes. */
function number(bytes: number): Uint8Array {
  const length = bytes * 8;
  return Uint8Array.of(length >> 8, length & 255, ...new Uint8Array(bytes).fill(0xff));
}

/** The public half of an RSA key that nobody has, whose numbers have so many bytes. */
function rsaKey({ modulus, exponent }: { modulus: number; exponent: number }): string {
  const body = Uint8Array.of(4, 0x50, 0, 0, 0, 1, ...number(modulus), ...number(exponent));
  const name = new TextEncoder().encode('Nobody');
  const packet = (tag: number, content: Uint8Array) =>
    Uint8Array.of(0xc0 | tag, 0xff, 0, 0, content.length >> 8, content.length & 255, ...content);
  const key = Uint8Array.of(...packet(6, body), ...packet(13, name));
  return pgp.armor(pgp.enums.armor.publicKey, key);
}

/** A key with its own signature of its name so many times. */
async function repeated({ publicKey }: Keys, times: number): Promise<string> {
  const packets = [...publicKey.toPacketList()];
  const at = packets.findIndex((packet) => packet instanceof pgp.SignaturePacket);
  const signature = packets[at] as pgp.SignaturePacket;
  const list = new pgp.PacketList<pgp.AnyPacket>();
  list.push(
    ...packets.slice(0, at),
    ...Array<pgp.AnyPacket>(times).fill(signature),
    ...packets.slice(at + 1),
  );
  return (await pgp.readKey({ binaryKey: list.write() as Uint8Array<ArrayBuffer> })).armor();
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

  it('asks no browser for more work than any key of a program would', async () => {
    expect(await failure(message, rsaKey({ modulus: 2049, exponent: 3 }))).toBe('key-unusual');
    // Whoever raises a number of this length to a power of this length stands still for seconds.
    expect(await failure(message, rsaKey({ modulus: 512, exponent: 512 }))).toBe('key-unusual');
    const usual = await checkSignature(message, rsaKey({ modulus: 512, exponent: 3 }), now);
    expect(usual.state).toBe('other-key');
    expect(await failure(message, await repeated(bob, 300))).toBe('key-unusual');
    expect((await checkSignature(message, await repeated(bob, 20), now)).state).toBe('signed');
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
