/** Frames of one session that wait in a {@link Tray}: where the first and the last of them lie. */
export interface Pile {
  first: number;
  last: number;
  /** Bytes of all of them. */
  bytes: number;
}

/** Bytes and frames that all sessions of a server may lay down in one turn: past that they leave before its end. */
const ROOM = 1024 * 1024;
const PLACES = 16 * 1024;

/** Where a pile ends. */
const NONE = -1;

/**
 * Where short frames wait for the end of the turn of the event loop, so that all that a socket gets in a turn leaves in
 * one write: a call of the system costs more than everything else that happens to a live envelope. One memory for all
 * sessions, so that none of them owns any while it is idle.
 */
export class Tray {
  readonly #bytes = new Uint8Array(ROOM);
  readonly #ends = new Uint32Array(PLACES);
  readonly #next = new Int32Array(PLACES);
  #count = 0;

  /** Whether a frame of so many bytes still has a place. */
  hasRoomFor(length: number): boolean {
    return this.#count < PLACES && this.#used + length <= ROOM;
  }

  /** Copies a frame onto a pile: on top, or as the first of a new one. The caller has seen that there is room. */
  lay(pile: Pile | undefined, frame: Uint8Array): Pile {
    const at = this.#count;
    const start = this.#used;
    this.#bytes.set(frame, start);
    this.#ends[at] = start + frame.length;
    this.#next[at] = NONE;
    this.#count = at + 1;
    if (pile === undefined) return { first: at, last: at, bytes: frame.length };
    this.#next[pile.last] = at;
    pile.last = at;
    pile.bytes += frame.length;
    return pile;
  }

  /** The frames of a pile in order: views, valid until {@link clear}. */
  framesOf(pile: Pile): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let at = pile.first; at !== NONE; at = this.#next[at]!) {
      frames.push(this.#bytes.subarray(at === 0 ? 0 : this.#ends[at - 1], this.#ends[at]));
    }
    return frames;
  }

  /** No pile is needed any more. */
  clear(): void {
    this.#count = 0;
  }

  get #used(): number {
    return this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
  }
}
