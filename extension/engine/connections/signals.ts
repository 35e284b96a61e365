/**
 * What two engines say to each other to connect, inside live envelopes (PROTOCOL 4). The live header carries the
 * sender's *attempt*, a number of their present RTCPeerConnection that only rises; `to` names the receiver's attempt,
 * or 0 where the sender has not heard of one, so that words meant for a connection that is gone are dropped.
 */
import * as v from 'valibot';

/** Fits a live envelope of 4 KiB with room for its header and JSON. */
const SDP_MAX_CHARACTERS = 3000;
const CANDIDATE_MAX_CHARACTERS = 300;
export const CANDIDATES_MAX = 8;

const attempt = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const candidate = v.strictObject({
  candidate: v.pipe(v.string(), v.maxLength(CANDIDATE_MAX_CHARACTERS)),
  mid: v.pipe(v.string(), v.maxLength(16)),
});
const description = {
  v: v.literal(1),
  to: attempt,
  sdp: v.pipe(v.string(), v.maxLength(SDP_MAX_CHARACTERS)),
};

const signal = v.variant('kind', [
  v.strictObject({ kind: v.literal('offer'), ...description }),
  v.strictObject({ kind: v.literal('answer'), ...description }),
  v.strictObject({
    kind: v.literal('candidates'),
    v: v.literal(1),
    to: attempt,
    list: v.pipe(v.array(candidate), v.maxLength(CANDIDATES_MAX)),
  }),
]);

export type Signal = v.InferOutput<typeof signal>;
/** A signal as the connection makes it, before it is addressed. */
export type LocalSignal = Signal extends infer S ? (S extends Signal ? Omit<S, 'v' | 'to'> : never) : never;
export type Candidate = v.InferOutput<typeof candidate>;

export function encodeSignal(value: LocalSignal, to: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...value, v: 1, to }));
}

/** Returns `undefined` for what is no signal of this version; a live envelope has nobody to complain to. */
export function decodeSignal(bytes: Uint8Array): Signal | undefined {
  try {
    const parsed = v.safeParse(signal, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** A description without its candidates: they travel in batches of their own, and the rest fits one envelope. */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
}
