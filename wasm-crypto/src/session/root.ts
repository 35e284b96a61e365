/** The root chain (SPEC 6.2): one step for every chain, each mixing in an X25519 agreement and an ML-KEM secret. */
import { concat, Writer } from '../codec.ts';
import { derive, labelledHash } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { wipe } from '../sodium.ts';

/** What the handshake's secret becomes. */
export interface Start {
  readonly root: Uint8Array;
  /** Of the initiator's first chain. */
  readonly headerKey: Uint8Array;
  /** For the initiator's live envelopes until the first reply. */
  readonly live: Uint8Array;
}

export interface Step {
  readonly root: Uint8Array;
  readonly chainKey: Uint8Array;
  /** Of the chain after this one, which the other side makes. */
  readonly nextHeaderKey: Uint8Array;
  /** For live envelopes towards the maker of this chain. */
  readonly live: Uint8Array;
}

/** From the handshake's 32-byte secret. */
export function startRoot(secret: Uint8Array): Start {
  const keys = derive({ secret, label: LABELS.sessionStart, length: 96 });
  return { root: keys.subarray(0, 32), headerKey: keys.subarray(32, 64), live: keys.subarray(64) };
}

/** The step with this number, over the 2,304 bytes of its key block and the two secrets that they lead to. */
export function rootStep(input: {
  root: Uint8Array;
  step: number;
  block: Uint8Array;
  agreement: Uint8Array;
  shared: Uint8Array;
}): Step {
  const { root, step, block, agreement, shared } = input;
  const secret = concat(agreement, shared);
  const context = new Writer(36).u32(step).put(labelledHash(32, LABELS.keyBlock, block)).bytes;
  const keys = derive({ secret, salt: root, label: LABELS.rootStep, context, length: 128 });
  wipe(secret);
  return {
    root: keys.subarray(0, 32),
    chainKey: keys.subarray(32, 64),
    nextHeaderKey: keys.subarray(64, 96),
    live: keys.subarray(96),
  };
}
