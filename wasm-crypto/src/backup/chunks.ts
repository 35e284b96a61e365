/**
 * A back-up's content (SPEC 14.2): chunks of one size in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár,
 * 2015), where each is bound to its number and to whether it is the last. Both ends hold one chunk, however long the
 * file is. What the opener hands out is authentic and in its place; that it is everything is known when `end` returns.
 */
import { concat, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { derive } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { pad, unpadWiping } from '../padding.ts';
import { LENGTH_PREFIX_BYTES } from '../sizes.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal, checkKey, wipe } from '../sodium.ts';
import type { BackupHeader } from './header.ts';

const CHUNK_BYTES = 65_536;
const PART_BYTES = CHUNK_BYTES - LENGTH_PREFIX_BYTES;
const SEALED_BYTES = CHUNK_BYTES + AEAD_TAG_BYTES;
/** What the number's four bytes hold. 256 TiB: it is there so that no nonce can come twice. */
const MAX_CHUNKS = 2 ** 32;

/** What both ends do: the key, the place, and that nothing goes on after the end or a failure. */
class Chunks {
  readonly #key: Uint8Array;
  readonly #header: BackupHeader;
  readonly #data: Uint8Array;
  #number = 0;
  #over = false;

  constructor(header: BackupHeader, backupKey: Uint8Array) {
    checkKey(backupKey);
    this.#header = header;
    this.#key = derive({ secret: backupKey, label: LABELS.backup, length: 32 });
    this.#data = concat(LABELS.backupChunk, header.bytes);
  }

  seal(part: Uint8Array, last: boolean): Uint8Array {
    const nonce = this.#next(last);
    const padded = pad(part, CHUNK_BYTES);
    const sealed = aeadSeal(this.#key, nonce, this.#data, padded);
    wipe(padded);
    return sealed;
  }

  open(sealed: Uint8Array, last: boolean): Uint8Array {
    const padded = aeadOpen(this.#key, this.#next(last), this.#data, sealed);
    let over = true;
    try {
      if (padded === undefined) throw new CryptoError('forged', 'back-up');
      const part = unpadWiping(padded);
      over = last;
      return part;
    } finally {
      if (over) this.close();
    }
  }

  #next(last: boolean): Uint8Array {
    if (this.#over || this.#number === MAX_CHUNKS) throw new CryptoError('malformed', 'back-up is over');
    const writer = new Writer(AEAD_NONCE_BYTES);
    writer
      .put(this.#header.prefix)
      .u32(this.#number++)
      .u8(last ? 1 : 0);
    return writer.bytes;
  }

  close(): void {
    this.#over = true;
    wipe(this.#key);
  }
}

/** Makes a file's content, piece by piece; the header goes in front of it. */
export class BackupSealer {
  readonly #chunks: Chunks;
  readonly #waiting = new Uint8Array(PART_BYTES);
  #length = 0;

  /** `backupKey`: 32 bytes, which the caller wipes. Throws `malformed` for another length. */
  constructor(header: BackupHeader, backupKey: Uint8Array) {
    this.#chunks = new Chunks(header, backupKey);
  }

  /** Takes more of the content; returns the chunks that are full, each 65,552 bytes. Throws `malformed` after the end. */
  push(content: Uint8Array): Uint8Array {
    const full: Uint8Array[] = [];
    for (let at = 0; at < content.length; ) {
      // A full part waits for more, as it may be the last.
      if (this.#length === PART_BYTES) {
        full.push(this.#chunks.seal(this.#waiting, false));
        this.#length = 0;
      }
      const piece = content.subarray(at, at + PART_BYTES - this.#length);
      this.#waiting.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
    }
    return concat(...full);
  }

  /** The last chunk. Nothing can follow it. */
  end(): Uint8Array {
    const sealed = this.#chunks.seal(this.#waiting.subarray(0, this.#length), true);
    this.close();
    return sealed;
  }

  /** Forgets the key and what waits, also where the file is given up. */
  close(): void {
    this.#chunks.close();
    wipe(this.#waiting);
  }
}

/** Reads a file's content from behind its header. After an error nothing comes out of it any more. */
export class BackupOpener {
  readonly #chunks: Chunks;
  readonly #waiting = new Uint8Array(SEALED_BYTES);
  #length = 0;

  /** `backupKey`: 32 bytes, which the caller wipes. Throws `malformed` for another length. */
  constructor(header: BackupHeader, backupKey: Uint8Array) {
    this.#chunks = new Chunks(header, backupKey);
  }

  /** Takes more of the file; returns the content that is authentic so far. Throws `forged`, or `malformed` after the end. */
  push(file: Uint8Array): Uint8Array {
    const opened: Uint8Array[] = [];
    try {
      for (let at = 0; at < file.length; ) {
        // More follows, so the chunk that waits is not the last.
        if (this.#length === SEALED_BYTES) {
          opened.push(this.#chunks.open(this.#waiting, false));
          this.#length = 0;
        }
        const piece = file.subarray(at, at + SEALED_BYTES - this.#length);
        this.#waiting.set(piece, this.#length);
        this.#length += piece.length;
        at += piece.length;
      }
      return concat(...opened);
    } finally {
      wipe(...opened);
    }
  }

  /** The rest of the content, and with it the word that nothing is missing. Throws `forged` where the file was cut short. */
  end(): Uint8Array {
    if (this.#length !== SEALED_BYTES) {
      this.close();
      throw new CryptoError('forged', 'back-up cut short');
    }
    return this.#chunks.open(this.#waiting, true);
  }

  /** Forgets the key, also where the file is given up. */
  close(): void {
    this.#chunks.close();
  }
}
