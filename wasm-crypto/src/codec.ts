/** Reading and writing bytes of fixed layout. Numbers are little-endian. */
import { CryptoError } from './errors.ts';

/** Joins buffers into a new one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Two to the 53rd: what a JavaScript number holds exactly. */
const SAFE_HIGH = 2 ** 21;

/** Writes into a buffer of known length. */
export class Writer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  /** A whole number below two to the 53rd, in eight bytes. */
  u53(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  /** Throws `malformed` where a field that has a length has another: what follows it would be read from a wrong place. */
  put(bytes: Uint8Array, length = bytes.length): this {
    if (bytes.length !== length) {
      // Nobody is given what was written until here, which may be secret.
      this.bytes.fill(0);
      throw new CryptoError('malformed', `${bytes.length} bytes instead of ${length}`);
    }
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
}

/** Reads from bytes that may be anything; every shortage is `malformed`. Returned parts are views, not copies. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new CryptoError('malformed', 'too short');
    this.#at = at + length;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u53(): number {
    const low = this.u32();
    const high = this.u32();
    if (high >= SAFE_HIGH) throw new CryptoError('malformed', 'number too large');
    return high * 2 ** 32 + low;
  }

  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Nothing may follow what was read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new CryptoError('malformed', 'too long');
  }
}
