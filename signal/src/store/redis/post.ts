import { readU32, writeU32, writeU64 } from '../../../protocol/bytes.ts';
import { MAILBOX_ID_BYTES } from '../../../protocol/index.ts';
import { NODE_NAME_LENGTH, type NodeName } from './names.ts';

/**
 * What nodes say to each other: batches, each from one node to one other. A batch is a version (u8), the sender's name
 * (12), its number (u32), and then parts, each with its kind (u8):
 *
 * - `live`: length (u32), a DELIVER_LIVE frame. Answered, in order, by one `outcomes` for the batch.
 * - `notice`: sequence (u64), the sequence before it (u64), epoch (u64), length (u32), parcel. Not answered.
 * - `taken`: mailbox (32), epoch (u64). Not answered.
 * - `outcomes`: number of the batch (u32), count (u32), an outcome (u8) for each live part of it.
 *
 * Nodes of one deployment run one version, but for the minutes of an upgrade: a batch of another version is not read,
 * which a reader's look every half minute makes good.
 */
const VERSION = 1;

const HEADER = 1 + NODE_NAME_LENGTH + 4;

const LIVE = 1;
const NOTICE = 2;
const TAKEN = 3;
const OUTCOMES = 4;

/** What became of a live envelope at the node that was said to have the reader. `elsewhere`: it has no such reader. */
export const OUTCOMES_OF_LIVE = ['nobody', 'passed', 'elsewhere'] as const;
export type LiveOutcomeThere = (typeof OUTCOMES_OF_LIVE)[number];

/** A batch in the making. It can be begun anew, so that memory outside of V8's is not asked for, and collected, every turn. */
export class Batch {
  #number = 0;
  #bytes: Buffer;
  #length = HEADER;

  /** `from` is the sender, `room` for how many bytes there is memory at first. */
  constructor(from: NodeName, room: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(room, 2 * HEADER));
    this.#bytes[0] = VERSION;
    this.#bytes.write(from, 1, 'latin1');
  }

  /** Forgets every part. What {@link bytes} gave before is written over. */
  begin(number: number): void {
    this.#number = number;
    this.#length = HEADER;
    writeU32(this.#bytes, 1 + NODE_NAME_LENGTH, number);
  }

  get number(): number {
    return this.#number;
  }

  /** Bytes of memory that it holds. */
  get room(): number {
    return this.#bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes of all parts so far: a view. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  live(frame: Uint8Array): void {
    const at = this.#part(LIVE, 4 + frame.length);
    writeU32(this.#bytes, at, frame.length);
    this.#bytes.set(frame, at + 4);
  }

  notice(sequence: number, before: number, epoch: number, parcel: Uint8Array): void {
    const at = this.#part(NOTICE, 28 + parcel.length);
    writeU64(this.#bytes, at, sequence);
    writeU64(this.#bytes, at + 8, before);
    writeU64(this.#bytes, at + 16, epoch);
    writeU32(this.#bytes, at + 24, parcel.length);
    this.#bytes.set(parcel, at + 28);
  }

  taken(mailbox: Uint8Array, epoch: number): void {
    const at = this.#part(TAKEN, MAILBOX_ID_BYTES + 8);
    this.#bytes.set(mailbox, at);
    writeU64(this.#bytes, at + MAILBOX_ID_BYTES, epoch);
  }

  outcomes(batch: number, outcomes: readonly LiveOutcomeThere[]): void {
    const at = this.#part(OUTCOMES, 8 + outcomes.length);
    writeU32(this.#bytes, at, batch);
    writeU32(this.#bytes, at + 4, outcomes.length);
    for (let n = 0; n < outcomes.length; n++) {
      this.#bytes[at + 8 + n] = OUTCOMES_OF_LIVE.indexOf(outcomes[n]!);
    }
  }

  /** Makes room for a part and writes its kind; returns where the rest goes. */
  #part(kind: number, length: number): number {
    const at = this.#length;
    const end = at + 1 + length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes[at] = kind;
    this.#length = end;
    return at + 1;
  }
}

/** Who is told of the parts of a batch. Bytes are valid for as long as they are held. */
export interface BatchReader {
  live(frame: Uint8Array): LiveOutcomeThere;
  notice(sequence: number, before: number, epoch: number, parcel: Uint8Array): void;
  taken(mailbox: Uint8Array, epoch: number): void;
  outcomes(batch: number, outcomes: readonly LiveOutcomeThere[]): void;
}

export interface Heard {
  readonly from: NodeName;
  readonly number: number;
  /** What became of its live parts, to be answered if there are any. */
  readonly outcomes: readonly LiveOutcomeThere[];
}

/**
 * Reads a batch part by part. Whoever can publish on Redis can do worse than send bad bytes, so these are no refusal
 * worth an answer: what cannot be read ends the batch; undefined if that is its beginning.
 */
export function readBatch(bytes: Buffer, reader: BatchReader): Heard | undefined {
  if (bytes.length < HEADER || bytes[0] !== VERSION) return undefined;
  const from = bytes.toString('latin1', 1, 1 + NODE_NAME_LENGTH) as NodeName;
  const outcomes: LiveOutcomeThere[] = [];
  const heard = { from, number: readU32(bytes, 1 + NODE_NAME_LENGTH), outcomes };
  for (let at = HEADER; at < bytes.length; ) {
    const kind = bytes[at++];
    const end = at + lengthAt(kind, bytes, at);
    // Also where a length is missing, or the kind is none.
    if (!(end <= bytes.length)) return heard;
    if (kind === LIVE) {
      outcomes.push(reader.live(bytes.subarray(at + 4, end)));
    } else if (kind === NOTICE) {
      const parcel = bytes.subarray(at + 28, end);
      reader.notice(numberAt(bytes, at), numberAt(bytes, at + 8), numberAt(bytes, at + 16), parcel);
    } else if (kind === TAKEN) {
      const mailbox = bytes.subarray(at, at + MAILBOX_ID_BYTES);
      reader.taken(mailbox, numberAt(bytes, at + MAILBOX_ID_BYTES));
    } else {
      const all: LiveOutcomeThere[] = [];
      for (let n = at + 8; n < end; n++) all.push(OUTCOMES_OF_LIVE[bytes[n]!] ?? 'nobody');
      reader.outcomes(readU32(bytes, at), all);
    }
    at = end;
  }
  return heard;
}

/** Bytes of the part of this kind that begins here, without its kind; not a number where that cannot be said. */
function lengthAt(kind: number | undefined, bytes: Buffer, at: number): number {
  const left = bytes.length - at;
  if (kind === LIVE) return left < 4 ? Number.NaN : 4 + readU32(bytes, at);
  if (kind === NOTICE) return left < 28 ? Number.NaN : 28 + readU32(bytes, at + 24);
  if (kind === TAKEN) return MAILBOX_ID_BYTES + 8;
  if (kind === OUTCOMES) return left < 8 ? Number.NaN : 8 + readU32(bytes, at + 4);
  return Number.NaN;
}

/** The frames of all `live` parts of a batch, in order: views. */
export function liveFramesIn(bytes: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  readBatch(bytes, {
    live: (frame) => {
      frames.push(frame);
      return 'nobody';
    },
    notice: () => {},
    taken: () => {},
    outcomes: () => {},
  });
  return frames;
}

/** A u64 as a number, whatever it is: one that no mailbox has is nobody's. */
function numberAt(bytes: Buffer, at: number): number {
  return readU32(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 4);
}
