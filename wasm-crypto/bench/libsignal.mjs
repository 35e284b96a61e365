/** The reference's side of the bench: libsignal with stores in memory, as its own tests have them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { each, roundTrips, SIGNED_BYTES } from './subject.mjs';

const TEXT = new Uint8Array(256).fill(1);
const CIPHERTEXT_PREKEY = 3;

export async function start() {
  const peers = createRequire(join(import.meta.dirname, 'peers', 'package.json'));
  const signal = await import(pathToFileURL(peers.resolve('@signalapp/libsignal-client')).href);
  const alice = person(signal, 'alice');
  const bob = person(signal, 'bob');

  let number = 0;
  const invite = () => alice.makeBundle(++number);
  const answer = async (/** @type {any} */ bundle) => {
    alice.sessions.clear();
    bob.sessions.clear();
    await signal.processPreKeyBundle(bundle, alice.address, bob.address, bob.sessionStore, bob.identityStore);
    await pass(bob, alice);
  };
  const seal = async (/** @type {any} */ from, /** @type {any} */ to) => {
    const sealed = await signal.signalEncrypt(
      TEXT,
      to.address,
      from.address,
      from.sessionStore,
      from.identityStore,
    );
    return { type: sealed.type(), bytes: sealed.serialize() };
  };
  const open = async (/** @type {any} */ from, /** @type {any} */ to, /** @type {any} */ { type, bytes }) => {
    if (type === CIPHERTEXT_PREKEY) {
      const message = signal.PreKeySignalMessage.deserialize(bytes);
      const { sessionStore, identityStore, preKeys, signedPreKeys, kyberPreKeys } = to;
      await signal.signalDecryptPreKey(
        message,
        from.address,
        to.address,
        sessionStore,
        identityStore,
        preKeys,
        signedPreKeys,
        kyberPreKeys,
      );
    } else {
      const message = signal.SignalMessage.deserialize(bytes);
      await signal.signalDecrypt(message, from.address, to.address, to.sessionStore, to.identityStore);
    }
  };
  const pass = async (/** @type {any} */ from, /** @type {any} */ to) => open(from, to, await seal(from, to));
  await answer(await invite());
  await pass(alice, bob);
  await pass(bob, alice);
  return {
    ...roundTrips({
      seal: (toBob) => (toBob ? seal(alice, bob) : seal(bob, alice)),
      open: (toBob, sealed) => (toBob ? open(alice, bob, sealed) : open(bob, alice, sealed)),
      invite,
      answer,
    }),
    bare: bare(signal),
  };
}

/** Those primitives that it lets others call. */
function bare(/** @type {any} */ signal) {
  const secret = signal.PrivateKey.generate();
  const publicKey = secret.getPublicKey();
  const other = signal.PrivateKey.generate().getPublicKey();
  const message = new Uint8Array(SIGNED_BYTES);
  const signature = secret.sign(message);
  return each({
    agree: () => secret.agree(other),
    sign: () => secret.sign(message),
    verify: () => publicKey.verify(message, signature),
  });
}

/** A person with everything that libsignal asks for, in maps. */
function person(/** @type {any} */ signal, /** @type {string} */ name) {
  const identity = signal.IdentityKeyPair.generate();
  /** @type {Map<string, any>} */
  const sessions = new Map();
  /** @type {Map<string, any>} */
  const trusted = new Map();
  const kept = { pre: new Map(), signed: new Map(), kyber: new Map() };
  const address = signal.ProtocolAddress.new(name, 1);

  class Sessions extends signal.SessionStore {
    saveSession = async (/** @type {any} */ who, /** @type {any} */ record) =>
      void sessions.set(who.name(), record);
    getSession = async (/** @type {any} */ who) => sessions.get(who.name()) ?? null;
    getExistingSessions = async (/** @type {any[]} */ all) => all.map((who) => sessions.get(who.name()));
  }
  class Identities extends signal.IdentityKeyStore {
    getIdentityKey = async () => identity.privateKey;
    getIdentityKeyPair = async () => identity;
    getLocalRegistrationId = async () => 1;
    saveIdentity = async (/** @type {any} */ who, /** @type {any} */ key) => {
      trusted.set(who.name(), key);
      return signal.IdentityChange.NewOrUnchanged;
    };
    isTrustedIdentity = async () => true;
    getIdentity = async (/** @type {any} */ who) => trusted.get(who.name()) ?? null;
  }
  class PreKeys extends signal.PreKeyStore {
    savePreKey = async (/** @type {number} */ id, /** @type {any} */ record) => void kept.pre.set(id, record);
    getPreKey = async (/** @type {number} */ id) => kept.pre.get(id);
    removePreKey = async (/** @type {number} */ id) => void kept.pre.delete(id);
  }
  class SignedPreKeys extends signal.SignedPreKeyStore {
    saveSignedPreKey = async (/** @type {number} */ id, /** @type {any} */ record) =>
      void kept.signed.set(id, record);
    getSignedPreKey = async (/** @type {number} */ id) => kept.signed.get(id);
  }
  class KyberPreKeys extends signal.KyberPreKeyStore {
    saveKyberPreKey = async (/** @type {number} */ id, /** @type {any} */ record) =>
      void kept.kyber.set(id, record);
    getKyberPreKey = async (/** @type {number} */ id) => kept.kyber.get(id);
    markKyberPreKeyUsed = async (/** @type {number} */ id) => void kept.kyber.delete(id);
  }

  /** One-time keys for one set-up: an X25519 one that is signed, and an ML-KEM one, as our invites have them. */
  const makeBundle = async (/** @type {number} */ id) => {
    const secret = signal.PrivateKey.generate();
    const signed = secret.getPublicKey();
    const signedSignature = identity.privateKey.sign(signed.serialize());
    const pair = signal.KEMKeyPair.generate();
    const kyber = pair.getPublicKey();
    const kyberSignature = identity.privateKey.sign(kyber.serialize());
    const now = Date.now();
    kept.signed.clear();
    kept.signed.set(id, signal.SignedPreKeyRecord.new(id, now, signed, secret, signedSignature));
    kept.kyber.clear();
    kept.kyber.set(id, signal.KyberPreKeyRecord.new(id, now, pair, kyberSignature));
    const { publicKey } = identity;
    const keys = [id, signed, signedSignature, publicKey, id, kyber, kyberSignature];
    return signal.PreKeyBundle.new(1, 1, null, null, ...keys);
  };
  return {
    address,
    sessions,
    makeBundle,
    sessionStore: new Sessions(),
    identityStore: new Identities(),
    preKeys: new PreKeys(),
    signedPreKeys: new SignedPreKeys(),
    kyberPreKeys: new KyberPreKeys(),
  };
}
