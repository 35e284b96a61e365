import { writeU64 } from '../protocol/bytes.ts';
import { MAILBOX_AT, PAYLOAD_AT } from '../protocol/header.ts';
import { HEADER_BYTES, SERVER_TYPES } from '../protocol/index.ts';
import { SEQUENCE_BYTES } from '../protocol/server-frame.ts';

/**
 * A DELIVER frame whose sequence is still open: the envelope with room in front, so that it is copied once on its
 * way in and never again. The store keeps the envelope's part of it, the reader's socket gets all of it.
 */
export type Parcel = Uint8Array & { readonly parcel?: never };

/** Where the envelope begins in a parcel. */
export const ENVELOPE_AT = HEADER_BYTES + SEQUENCE_BYTES;

/** The parcel for what a SEND frame carries: the one copy, since the frame is gone after its callback. */
export function parcelFromSend(frame: Uint8Array): Parcel {
  const parcel = Buffer.allocUnsafeSlow(frame.length + SEQUENCE_BYTES);
  parcel.set(frame.subarray(MAILBOX_AT, PAYLOAD_AT), MAILBOX_AT);
  parcel.set(frame.subarray(PAYLOAD_AT), ENVELOPE_AT);
  return addressed(parcel);
}

/** The parcel for an envelope that comes back from a store. `id` has 32 bytes. */
export function parcelFromStore(id: Uint8Array, envelope: Uint8Array): Parcel {
  const parcel = Buffer.allocUnsafeSlow(ENVELOPE_AT + envelope.length);
  parcel.set(id, MAILBOX_AT);
  parcel.set(envelope, ENVELOPE_AT);
  return addressed(parcel);
}

/** Fills everything but mailbox, sequence and envelope: the memory came as it was. */
function addressed(parcel: Uint8Array): Parcel {
  parcel[0] = SERVER_TYPES.deliver;
  parcel.fill(0, 1, MAILBOX_AT);
  parcel.fill(0, PAYLOAD_AT, ENVELOPE_AT);
  return parcel;
}

/** Writes the number of the delivery. A parcel is delivered to one reader at a time, so it may be written in place. */
export function numberParcel(parcel: Parcel, sequence: number): void {
  writeU64(parcel, PAYLOAD_AT, sequence);
}

/** The envelope in a parcel: a view. */
export function envelopeIn(parcel: Parcel): Uint8Array {
  return parcel.subarray(ENVELOPE_AT);
}
