/**
 * What a session is (SPEC 6): plain values, never changed in place. Knows nothing of contacts or mailboxes.
 *
 * Chains are numbered by steps: 1 is the initiator's first chain, 2 the responder's, and so on, each begun by the side
 * that has just opened the one before. So a session is always in one of two states: it has opened the newest chain and
 * begins the next when it has something to say (`mine`), or it made the newest chain and waits for an answer (`theirs`).
 */
import type { Identity } from '../identity.ts';
import type { TagRing } from './tags.ts';

/** The public keys that the peer's newest chain brought, or its invite. */
export interface TheirKeys {
  /** X25519, 32 bytes. */
  readonly agree: Uint8Array;
  /** ML-KEM-768, 1,184 bytes. */
  readonly kem: Uint8Array;
}

/** The private keys to what our newest chain carries, or our invite did. */
export interface OurKeys {
  /** X25519, 32 bytes. */
  readonly agreeSecret: Uint8Array;
  /** ML-KEM-768, 2,400 bytes. */
  readonly kemSecret: Uint8Array;
}

export interface SendingChain {
  readonly headerKey: Uint8Array;
  readonly chainKey: Uint8Array;
  /** The number of the next message. */
  readonly next: number;
  /** How many messages our chain before this one had. */
  readonly previous: number;
  /** Rides unchanged on every message: the sealed key block, in the first chain behind the handshake part. */
  readonly preamble: Uint8Array;
  /** Binds session and preamble, 32 bytes. */
  readonly associatedData: Uint8Array;
}

export interface ReceivingChain {
  readonly headerKey: Uint8Array;
  readonly chainKey: Uint8Array;
  /** One more than the highest number opened. */
  readonly next: number;
  readonly preamble: Uint8Array;
  readonly associatedData: Uint8Array;
  /** Keys of numbers below `next` that have not come yet (missing.ts). */
  readonly missing: Uint8Array;
  /** Tags of the newest numbers that have come (tags.ts). */
  readonly tags: TagRing;
}

/** A chain of the peer's that a newer one followed. */
export interface RetiredChain {
  readonly headerKey: Uint8Array;
  readonly associatedData: Uint8Array;
  /** Whether its preamble has a handshake part. */
  readonly first: boolean;
  /** How many messages it had, as the next chain said. */
  readonly length: number;
  readonly missing: Uint8Array;
  readonly tags: TagRing;
}

/** What is needed to open the chain that comes next. */
export interface Waiting {
  /** The step of the chain that comes next. */
  readonly step: number;
  readonly root: Uint8Array;
  readonly nextHeaderKey: Uint8Array;
  readonly ours: OurKeys;
}

export type Ratchet =
  | {
      readonly turn: 'mine';
      /** The step of the chain that we begin next. */
      readonly step: number;
      readonly root: Uint8Array;
      readonly nextHeaderKey: Uint8Array;
      readonly theirs: TheirKeys;
      /** How many messages our last chain had. */
      readonly previous: number;
      /** The initiator's handshake part, until its first chain is begun; else empty. */
      readonly handshake: Uint8Array;
    }
  | ({ readonly turn: 'theirs'; readonly sending: SendingChain } & Waiting);

/** Keys of live envelopes (SPEC 7). The key of a step serves one direction: towards the side that made its chain. */
export interface LiveKeys {
  /** Of the peer's newest chain that we have opened; before that, of the handshake. */
  readonly send: Uint8Array;
  /** Of our newest chain and the one before it, newest first. */
  readonly receive: readonly Uint8Array[];
}

/** Everything but whose turn it is. */
export interface SessionBase {
  readonly peer: Identity;
  /** 32 bytes: suite, version and both identities. */
  readonly associatedData: Uint8Array;
  /** `undefined` until the first of the peer's was opened. */
  readonly receiving: ReceivingChain | undefined;
  /** Newest first. */
  readonly retired: readonly RetiredChain[];
  readonly live: LiveKeys;
}

/** A session between two identities. Treat it as opaque; {@link encodeSession} makes a row of it. */
export interface Session extends SessionBase {
  readonly ratchet: Ratchet;
}

/** Who is at the other end. */
export function sessionPeer(session: Session): Identity {
  return session.peer;
}

/** Whether anything of the peer's was opened in it: until then only its maker may know of it. */
export function sessionHeard(session: Session): boolean {
  return session.receiving !== undefined;
}
