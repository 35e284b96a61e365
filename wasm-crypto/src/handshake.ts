/**
 * PQXDH (Signal, revision 3) over X25519 and ML-KEM-768, with the invite's key mixed in (SPEC 5). The accepter of an
 * invite runs {@link offer}, the inviter {@link accept}; both come to the same secret and the same associated data.
 * Knows nothing of sessions, envelopes or invites: keys come in, a message part and a secret go out.
 */
import { concat, Reader } from './codec.ts';
import { CryptoError } from './errors.ts';
import { decodeIdentity, type Identity, type IdentityKeys, identityParts } from './identity.ts';
import { derive, labelledHash } from './kdf.ts';
import { LABELS } from './labels.ts';
import { fillRandom, randomBytes } from './random.ts';
import { IDENTITY_BYTES, PROTOCOL_VERSION, SEALED_HANDSHAKE_BYTES, SUITE } from './sizes.ts';
import {
  AEAD_NONCE_BYTES,
  aeadOpen,
  aeadSealInto,
  KEM_CIPHERTEXT_BYTES,
  KEM_ENCAPSULATION_SEED_BYTES,
  kemDecapsulate,
  kemEncapsulate,
  wipe,
  X25519_BYTES,
  x25519,
  x25519Public,
} from './sodium.ts';
import { wiping } from './wiping.ts';

/** What both sides hold of the invite. */
export interface HandshakeSecrets {
  /** Hides the part from the server, 32 bytes. */
  readonly sealKey: Uint8Array;
  /** 32 bytes. */
  readonly preShared: Uint8Array;
}

/** Keys made for this handshake alone. */
export interface ResponderKeys {
  /** X25519, 32 bytes. */
  readonly agreeSecret: Uint8Array;
  /** ML-KEM-768, 2,400 bytes. */
  readonly kemSecret: Uint8Array;
  /** Their public halves: 32 and 1,184 bytes. */
  readonly oneTime: { readonly agree: Uint8Array; readonly kem: Uint8Array };
}

export interface HandshakeResult {
  /** 32 bytes, to be used once and wiped. */
  readonly secret: Uint8Array;
  /** 32 bytes: suite, version and both identities, hashed. */
  readonly associatedData: Uint8Array;
}

/** PQXDH's `F`: 32 bytes of 0xFF in front of an X25519 agreement. */
const F = new Uint8Array(32).fill(0xff);
const ZERO_SALT = new Uint8Array(32);
const VERSION_AND_SUITE = Uint8Array.of(PROTOCOL_VERSION, SUITE);

/** The accepter's side. Throws `forged` for keys that cannot be agreed with. */
export function offer(input: {
  me: IdentityKeys;
  peer: { identity: Identity; oneTime: ResponderKeys['oneTime'] };
  secrets: HandshakeSecrets;
}): HandshakeResult & { readonly part: Uint8Array } {
  const { me, peer, secrets } = input;
  return wiping((spent) => {
    const ephemeralSecret = spent(randomBytes(X25519_BYTES));
    const ephemeral = x25519Public(ephemeralSecret);
    const seed = spent(randomBytes(KEM_ENCAPSULATION_SEED_BYTES));
    const { ciphertext, shared } = kemEncapsulate(peer.oneTime.kem, seed);
    spent(shared);
    const agreements = [
      spent(x25519(me.agreeSecret, peer.oneTime.agree)),
      spent(x25519(ephemeralSecret, peer.identity.agreeKey)),
      spent(x25519(ephemeralSecret, peer.oneTime.agree)),
    ];
    const facts: Facts = {
      initiator: me.identity,
      responder: peer.identity,
      oneTime: peer.oneTime,
      ephemeral,
      ciphertext,
    };
    const part = sealPart(facts, secrets.sealKey);
    const secret = finish(facts, agreements, shared, secrets.preShared);
    return { secret, associatedData: associatedDataOf(facts), part };
  });
}

/** The inviter's side. Throws `forged` for a part that was not made for these keys. */
export function accept(input: {
  me: IdentityKeys;
  keys: ResponderKeys;
  secrets: HandshakeSecrets;
  part: Uint8Array;
}): HandshakeResult & { readonly peer: Identity } {
  const { me, keys, secrets, part } = input;
  const { initiator, ephemeral, ciphertext } = openPart(part, me.identity, secrets.sealKey);
  return wiping((spent) => {
    const agreements = [
      spent(x25519(keys.agreeSecret, initiator.agreeKey)),
      spent(x25519(me.agreeSecret, ephemeral)),
      spent(x25519(keys.agreeSecret, ephemeral)),
    ];
    const shared = spent(kemDecapsulate(keys.kemSecret, ciphertext));
    const facts: Facts = { initiator, responder: me.identity, oneTime: keys.oneTime, ephemeral, ciphertext };
    const secret = finish(facts, agreements, shared, secrets.preShared);
    return { secret, associatedData: associatedDataOf(facts), peer: initiator };
  });
}

/** Everything public that the secret is bound to. */
interface Facts {
  readonly initiator: Identity;
  readonly responder: Identity;
  readonly oneTime: ResponderKeys['oneTime'];
  readonly ephemeral: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** SPEC 5.3: HKDF over F, the three agreements, the KEM's secret and the pre-shared key. */
function finish(
  facts: Facts,
  agreements: readonly Uint8Array[],
  shared: Uint8Array,
  preShared: Uint8Array,
): Uint8Array {
  const transcript = labelledHash(
    32,
    LABELS.handshakeTranscript,
    VERSION_AND_SUITE,
    ...identityParts(facts.initiator),
    ...identityParts(facts.responder),
    facts.oneTime.agree,
    facts.oneTime.kem,
    facts.ephemeral,
    facts.ciphertext,
  );
  const material = concat(F, ...agreements, shared, preShared);
  const secret = derive({
    secret: material,
    salt: ZERO_SALT,
    label: LABELS.handshakeSecret,
    context: transcript,
    length: 32,
  });
  wipe(material);
  return secret;
}

function associatedDataOf(facts: Facts): Uint8Array {
  return labelledHash(
    32,
    LABELS.associatedData,
    VERSION_AND_SUITE,
    ...identityParts(facts.initiator),
    ...identityParts(facts.responder),
  );
}

/** Bound to the responder, so that a part shows at once that it was meant for another. */
function partData(responder: Identity): Uint8Array {
  return concat(LABELS.inviteHandshake, VERSION_AND_SUITE, ...identityParts(responder));
}

function sealPart(facts: Facts, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(SEALED_HANDSHAKE_BYTES);
  const nonce = out.subarray(0, AEAD_NONCE_BYTES);
  fillRandom(nonce);
  const { initiator, ephemeral, ciphertext } = facts;
  const content = concat(Uint8Array.of(SUITE), ...identityParts(initiator), ephemeral, ciphertext);
  aeadSealInto(out, AEAD_NONCE_BYTES, key, nonce, partData(facts.responder), content);
  return out;
}

function openPart(
  part: Uint8Array,
  responder: Identity,
  key: Uint8Array,
): { initiator: Identity; ephemeral: Uint8Array; ciphertext: Uint8Array } {
  if (part.length !== SEALED_HANDSHAKE_BYTES) throw new CryptoError('malformed', 'handshake');
  const nonce = part.subarray(0, AEAD_NONCE_BYTES);
  const content = aeadOpen(key, nonce, partData(responder), part.subarray(AEAD_NONCE_BYTES));
  if (content === undefined) throw new CryptoError('forged', 'handshake');
  const reader = new Reader(content);
  if (reader.u8() !== SUITE) throw new CryptoError('wrong-version', 'suite');
  const initiator = decodeIdentity(reader.take(IDENTITY_BYTES));
  const ephemeral = reader.take(X25519_BYTES);
  const ciphertext = reader.take(KEM_CIPHERTEXT_BYTES);
  reader.end();
  return { initiator, ephemeral, ciphertext };
}
