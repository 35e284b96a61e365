/**
 * The one module that touches OpenPGP: checks a text that was signed elsewhere against a public key. Nothing here is
 * secret, and both come from others, so everything is bounded; time is bounded by who starts the worker that this is for.
 */
import * as pgp from 'openpgp';
import {
  OPENPGP_KEY_MAX,
  OpenPgpError,
  type OpenPgpOutcome,
  type OpenPgpTrouble,
  type SignatureCheck,
} from './models/surroundings.ts';

/** A statement takes half of one; the rest is for long signatures. Characters. */
const MESSAGE_MAX = 16 * 1024;
/** Signatures in one message that are looked at: people sign once. */
const SIGNATURES_MAX = 4;
/** Names on a key that are told, and how much of each: they are to be read by a person. */
const USER_IDS_MAX = 8;
const USER_ID_MAX = 120;
/** The largest numbers that programs make keys of: checking a signature raises one to the power of another. Bits. */
const MODULUS_MAX = 16_384;
const EXPONENT_MAX = 32;
/** Of DSA, whose exponent is below its order. */
const ORDER_MAX = 512;
/** Signatures of a key's own that may have to be checked until it is known who it is: ten names, renewed for twenty years. */
const OWN_SIGNATURES_MAX = 256;
/** Clocks differ: a signature from this far ahead is not from the future. Milliseconds. */
const SKEW = 24 * 3600 * 1000;

export const checkSignature: SignatureCheck = async (message, key, now) => {
  if (message.length > MESSAGE_MAX) throw new OpenPgpError('message-too-long');
  if (key.length > OPENPGP_KEY_MAX) throw new OpenPgpError('key-too-long');
  const signer = await keyOf(key);
  const signed = await pgp.readCleartextMessage({ cleartextMessage: fromMark(message) }).catch(() => {
    throw new OpenPgpError('message-damaged');
  });
  const ids = signed.getSigningKeyIDs();
  if (ids.length === 0 || ids.length > SIGNATURES_MAX) throw new OpenPgpError('message-damaged');
  const date = new Date(now);
  const about = {
    fingerprint: signer.getFingerprint().toUpperCase(),
    userIds: await userIdsOf(signer, date),
  };
  const mine = ids.findIndex((id) => signer.getKeys(id).length > 0);
  const id = ids[mine];
  if (id === undefined) return { state: 'other-key', ...about };
  const part = signer.getKeys(id)[0];
  const standing = part === undefined ? 'revoked' : await standingOf(signer, part, date);
  if (standing !== 'good') return { state: standing, ...about };
  const { signatures } = await pgp.verify({
    message: signed,
    verificationKeys: signer,
    date: new Date(now + SKEW),
  });
  const signature = signatures[mine];
  try {
    await signature?.verified;
    const at = (await signature?.signature)?.packets[0]?.created;
    if (!at) return { state: 'bad-signature', ...about };
    return { state: 'signed', text: signed.getText(), at: at.getTime(), ...about };
  } catch {
    return { state: 'bad-signature', ...about };
  }
};

/** What a worker is asked, one thing in its life. */
export interface Job {
  readonly message: string;
  readonly key: string;
  readonly now: number;
}

export type Outcome = OpenPgpOutcome | { readonly error: OpenPgpTrouble };

/** The worker's side. Rejects with what is no {@link OpenPgpError}. */
export async function doJob({ message, key, now }: Job): Promise<Outcome> {
  try {
    return await checkSignature(message, key, now);
  } catch (error) {
    if (error instanceof OpenPgpError) return { error: error.code };
    throw error;
  }
}

/** What somebody copied along before the message is not part of it, and is not signed. */
function fromMark(text: string): string {
  return text.slice(Math.max(0, text.indexOf('-----BEGIN PGP SIGNED MESSAGE-----')));
}

async function keyOf(armoredKey: string): Promise<pgp.Key> {
  const key = await pgp.readKey({ armoredKey }).catch(() => {
    throw new OpenPgpError('key-damaged');
  });
  if (key.isPrivate()) throw new OpenPgpError('key-private');
  // Nobody has to wait for what is known to take long.
  if (!key.getKeys().every(hasUsualNumbers) || ownSignatures(key as WholeKey) > OWN_SIGNATURES_MAX)
    throw new OpenPgpError('key-unusual');
  return key;
}

/** What the package's types leave out. */
type WholeKey = pgp.Key & { readonly directSignatures: readonly unknown[] };

/** RSA's modulus and exponent, DSA's and ElGamal's prime and DSA's order; curves have one size each. */
function hasUsualNumbers({ keyPacket }: pgp.Key | pgp.Subkey): boolean {
  const { n, e, p, q } = (keyPacket.publicParams ?? {}) as Readonly<Record<string, Uint8Array | undefined>>;
  const fits = (number: Uint8Array | undefined, bits: number) => (number?.length ?? 0) * 8 <= bits;
  return fits(n, MODULUS_MAX) && fits(e, EXPONENT_MAX) && fits(p, MODULUS_MAX) && fits(q, ORDER_MAX);
}

/** Each signature on a name or a part is looked at with all that revoke it; a part that signs has signed as well. */
function ownSignatures({ users, subkeys, directSignatures, revocationSignatures }: WholeKey): number {
  const onNames = users.map(
    (user) => user.selfCertifications.length * (1 + user.revocationSignatures.length),
  );
  const onParts = subkeys.map(
    (part) => part.bindingSignatures.length * (2 + part.revocationSignatures.length),
  );
  const onAll = directSignatures.length + revocationSignatures.length;
  return [...onNames, ...onParts].reduce((sum, count) => sum + count, onAll);
}

/** Whether the key that signed, and the key that it belongs to, are still to be relied on. */
async function standingOf(
  key: pgp.Key,
  part: pgp.Key | pgp.Subkey,
  now: Date,
): Promise<'good' | 'expired' | 'revoked'> {
  if (await key.isRevoked(undefined, undefined, now)) return 'revoked';
  const ends = await Promise.all([key.getExpirationTime(), part.getExpirationTime()]);
  if (ends.some((end) => end !== null && end.valueOf() <= now.getTime())) return 'expired';
  try {
    await key.getSigningKey(part.getKeyID(), now);
    return 'good';
  } catch {
    return 'revoked';
  }
}

/** The names that the key's owner put on it: no others can have signed these. */
async function userIdsOf(key: pgp.Key, now: Date): Promise<readonly string[]> {
  const names: string[] = [];
  for (const user of key.users) {
    if (names.length === USER_IDS_MAX) break;
    const isOwn = await user.verify(now).catch(() => false);
    if (isOwn === true && user.userID !== null) names.push(shown(user.userID.userID));
  }
  return names;
}

/** Without what turns or hides a line of text. */
function shown(name: string): string {
  return [...name.replaceAll(/\p{C}/gu, ' ')].slice(0, USER_ID_MAX).join('');
}
