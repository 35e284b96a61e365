import type { Disk, Table } from './disk.ts';

/** A disk for tests: holds its writes back until a flush that the test lets through, as a real one does. */
export class MemoryDisk implements Disk {
  readonly #writes: (() => void)[] = [];
  #held: { readonly resolve: () => void; readonly reject: (cause: Error) => void }[] = [];
  #hold = false;
  used = 0;
  free = Number.POSITIVE_INFINITY;
  readonly envelopes = new MemoryTable(this.#writes);
  readonly mailboxes = new MemoryTable(this.#writes);
  readonly guests = new MemoryTable(this.#writes);

  /** From now on flushes wait for {@link release} or {@link fail}. */
  hold(): void {
    this.#hold = true;
  }

  get flushesHeld(): number {
    return this.#held.length;
  }

  release(): void {
    this.#hold = false;
    for (const flush of this.#held.splice(0)) flush.resolve();
  }

  /** Fails the flushes that wait: what they had is gone. */
  fail(): void {
    this.#hold = false;
    for (const flush of this.#held.splice(0)) flush.reject(new Error('no space left on device'));
  }

  async flush(): Promise<void> {
    const writes = this.#writes.splice(0);
    if (this.#hold) await new Promise<void>((resolve, reject) => this.#held.push({ resolve, reject }));
    for (const write of writes) write();
  }

  usedBytes(): number {
    return this.used;
  }

  room() {
    return { within: this.free, behind: this.free };
  }

  async close(): Promise<void> {
    await this.flush();
  }
}

class MemoryTable implements Table {
  readonly #rows = new Map<string, Uint8Array>();
  readonly #writes: (() => void)[];

  constructor(writes: (() => void)[]) {
    this.#writes = writes;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#writes.push(() => this.#rows.set(hex(key), value.slice()));
  }

  remove(key: Uint8Array): void {
    this.#writes.push(() => this.#rows.delete(hex(key)));
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(hex(key));
  }

  keys(start: Uint8Array, end: Uint8Array, limit: number): Uint8Array[] {
    const [from, to] = [hex(start), hex(end)];
    return [...this.#rows.keys()]
      .filter((key) => key >= from && key < to)
      .sort()
      .slice(0, limit)
      .map((key) => Uint8Array.from(Buffer.from(key, 'hex')));
  }

  count(): number {
    return this.#rows.size;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
