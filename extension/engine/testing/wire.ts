/** Connections between engines of one process: offered, answered and opened as a browser's are, until the test cuts them. */
import type { Peer, PeerOptions } from '../connections/peer.ts';
import type { LocalSignal } from '../connections/signals.ts';

export class Wire {
  /** Every frame that was handed over, whether it arrived or not. */
  readonly frames: Uint8Array[] = [];
  isUp = false;
  /** How an end's path is found out, which takes a browser its time. */
  path: () => Promise<'direct'> = async () => 'direct';
  readonly #ends: WireEnd[] = [];

  readonly make = (options: PeerOptions): Peer => {
    const end = new WireEnd(this, String(this.#ends.length), options);
    this.#ends.push(end);
    return end as unknown as Peer;
  };

  end(name: string): WireEnd | undefined {
    return this.#ends[Number(name)];
  }

  /** The envelopes among them; the others are signs of life. */
  get envelopes(): readonly Uint8Array[] {
    return this.frames.filter((frame) => frame[0] === 1).map((frame) => frame.subarray(1));
  }

  /** How many ends stand open. */
  get open(): number {
    return this.#ends.filter(({ isOpen }) => isOpen).length;
  }

  /** What is under way is lost. */
  cut(): void {
    this.isUp = false;
    for (const end of this.#ends) end.fall();
  }
}

class WireEnd {
  isOpen = false;
  hasRemote = false;
  readonly #wire: Wire;
  readonly #name: string;
  readonly #options: PeerOptions;
  #other: WireEnd | undefined;
  #said: 'offer' | 'answer' | undefined;
  #isClosed = false;

  constructor(wire: Wire, name: string, options: PeerOptions) {
    this.#wire = wire;
    this.#name = name;
    this.#options = options;
    setImmediate(() => {
      if (this.#said === undefined && !this.hasRemote) this.#say('offer');
    });
  }

  #say(kind: 'offer' | 'answer'): void {
    if (this.#isClosed) return;
    this.#said = kind;
    this.#options.signal({ kind, sdp: this.#name });
  }

  async accept(signal: LocalSignal): Promise<'taken' | 'ignored'> {
    if (signal.kind === 'candidates') return 'taken';
    if (signal.kind === 'offer' && this.#said === 'offer' && !this.hasRemote && !this.#options.polite)
      return 'ignored';
    const other = this.#wire.end(signal.sdp);
    if (other === undefined || other === this) return 'taken';
    this.#other = other;
    this.hasRemote = true;
    if (signal.kind === 'offer') this.#say('answer');
    else this.#join(other);
    return 'taken';
  }

  #join(other: WireEnd): void {
    if (!this.#wire.isUp || other.#other !== this || this.#isClosed || other.#isClosed || this.isOpen) return;
    for (const end of [this, other]) {
      end.isOpen = true;
      end.#options.open();
    }
  }

  repeat(): void {
    if (this.#said !== undefined) this.#say(this.#said);
  }

  restartIce(): void {
    this.repeat();
  }

  async send(bytes: Uint8Array): Promise<boolean> {
    const other = this.#other;
    if (!this.isOpen || other === undefined) return false;
    this.#wire.frames.push(bytes.slice());
    setImmediate(() => {
      if (other.isOpen) other.#options.frame(bytes.slice());
    });
    return true;
  }

  path(): Promise<'direct'> {
    return this.#wire.path();
  }

  close(): void {
    this.#isClosed = true;
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (wasOpen) setImmediate(() => this.#other?.fall());
  }

  /** The other end is gone, or what lies between. */
  fall(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#options.closed();
  }
}
