/**
 * What the embedded store needs of a disk: ordered tables, writes that take effect in order, and one promise that
 * means durable. `lmdb-disk.ts` is the real one.
 */
export interface Disk {
  readonly envelopes: Table;
  readonly mailboxes: Table;
  /** What guest passes opened. */
  readonly guests: Table;
  /**
   * Resolves when everything that was written before this call is on the disk, flushed and not only handed to the
   * kernel. Rejects if any of it could not be.
   */
  flush(): Promise<void>;
  /** Bytes of the file that hold something. */
  usedBytes(): number;
  /**
   * Bytes that can still be written, whatever else fills the disk: `within` the file, what was removed included, and
   * `behind` all that is in it, which is where something goes that fits nowhere else.
   */
  room(): { readonly within: number; readonly behind: number };
  /** Finishes what was written and closes. */
  close(): Promise<void>;
}

/** An ordered table of bytes. Reads see what is committed, which may be less than what was written. */
export interface Table {
  /** Neither key nor value may change until the flush that follows. */
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
  /** The value, valid until the next call of `get` on any table. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Keys from `start` (inclusive) to `end` (exclusive), at most `limit`. */
  keys(start: Uint8Array, end: Uint8Array, limit: number): Uint8Array[];
  /** Entries in the table. */
  count(): number;
}
