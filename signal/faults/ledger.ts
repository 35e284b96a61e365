import { expect } from 'vitest';
import { type Answer, newMailbox, TestClient, text } from '../e2e/client.ts';

/** Bytes that an envelope has beside its number: an ordinary size. */
const FILLER = 500;

/** How hard one sender sends. */
export interface Load {
  /** Envelopes under way at a time. */
  readonly underWay: number;
  /** Between an answer and the next envelope in its place. Milliseconds. */
  readonly restMs: number;
}

/** As fast as the answers come. */
const FULL: Load = { underWay: 100, restMs: 0 };

/** Milliseconds until everything that was stored has to have come. */
const PATIENCE_MS = 30_000;

/** A mailbox with everything that was said about it, by the servers' answers: what a fault may not change. */
export class Ledger {
  readonly box = newMailbox();
  readonly said = new Set<string>();
  readonly stored = new Set<string>();
  readonly read = new Set<string>();
  readonly removed = new Set<string>();
  /** Sent, and never answered: these may be there or not. */
  unanswered = 0;
  readonly refusals: Extract<Answer, { type: 'refused' }>[] = [];
  #number = 0;
  readonly #filler: string;

  constructor(filler = FILLER) {
    this.#filler = 'x'.repeat(filler);
  }

  /** Makes the mailbox known at a server that may be asked. */
  async register(url: string): Promise<void> {
    const client = await TestClient.connect(url);
    expect(await client.open(this.box)).toMatchObject({ type: 'opened' });
    await client.close();
  }

  /** Sends one envelope, and notes what the server says to it. */
  async put(client: TestClient): Promise<Answer> {
    const words = `${++this.#number} ${this.#filler}`;
    this.said.add(words);
    const answer = await client.send(this.box, words);
    if (answer === 'stored') this.stored.add(words);
    else if (typeof answer !== 'string' && answer.type === 'refused') this.refusals.push(answer);
    return answer;
  }

  /** Keeps a window full until `over`, or until the socket ends. */
  async send(url: string, over: () => boolean, { underWay, restMs } = FULL): Promise<void> {
    const client = await TestClient.connect(url);
    const one = async (): Promise<void> => {
      while (!over()) {
        // Refused: a moment later, as clients do.
        if ((await this.put(client)) !== 'stored') await pause(20);
        else if (restMs > 0) await pause(restMs);
      }
    };
    const all = Array.from({ length: underWay }, () => one().catch(() => void this.unanswered++));
    await Promise.all(all);
    client.socket.terminate();
  }

  /** Reads and acknowledges until `over`. Rejects when the socket ends, or where the mailbox cannot be opened. */
  async take(url: string, over: () => boolean): Promise<void> {
    const client = await TestClient.connect(url);
    const timer = setInterval(() => over() && client.socket.terminate(), 10);
    try {
      const opened = await client.open(this.box);
      if (typeof opened === 'string' || opened.type !== 'opened') throw new Error('not opened');
      const words: string[] = [];
      const here = new Set<string>();
      while (!over()) {
        const delivered = await client.frames('deliver', words.length + 1);
        for (const { envelope } of delivered.slice(words.length)) {
          const word = text(envelope);
          // What was removed durably stays away; what was only read may come again.
          expect(this.removed.has(word)).toBe(false);
          expect(here.has(word)).toBe(false);
          here.add(word);
          words.push(word);
          this.read.add(word);
        }
        const sequence = words.length;
        const acknowledged = client.ask({ type: 'ack', mailbox: this.box.mailbox, sequence });
        acknowledged.then(
          (answer) => {
            if (answer === 'removed') for (const word of words.slice(0, sequence)) this.removed.add(word);
          },
          () => {},
        );
      }
    } finally {
      clearInterval(timer);
      client.socket.terminate();
    }
  }

  /** Reads until everything is there that was ever answered `stored`, and holds the ledger to that. */
  async settle(url: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const missing = () => [...this.stored].filter((words) => !this.read.has(words));
    while (missing().length > 0 && Date.now() < deadline) {
      await this.take(url, () => missing().length === 0 || Date.now() > deadline).catch(async (error) => {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
        await pause(50);
      });
    }
    // Numbers only: what failed has to be readable.
    expect(missing().map((words) => Number.parseInt(words, 10))).toEqual([]);
    expect([...this.read].filter((words) => !this.said.has(words))).toEqual([]);
  }

  /** Removes whatever is left in the mailbox. */
  async empty(url: string): Promise<void> {
    const client = await TestClient.connect(url);
    const opened = await client.open(this.box);
    if (typeof opened === 'string' || opened.type !== 'opened') throw new Error('not opened');
    for (let sequence = 0; sequence < opened.waiting; ) {
      sequence = (await client.frames('deliver', sequence + 1)).length;
      expect(await client.ask({ type: 'ack', mailbox: this.box.mailbox, sequence })).toBe('removed');
    }
    expect(await client.open(this.box)).toMatchObject({ type: 'opened', waiting: 0 });
    await client.close();
  }
}

/** Resolves when something holds; rejects with what it was where that does not come about. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await pause(5)) {
    if (Date.now() > deadline) throw new Error(`in vain: ${typeof what === 'string' ? what : what()}`);
  }
}

/** Whether a node says that it is ready, waited for. */
export const ready = (origin: string): Promise<void> =>
  until(async () => (await fetch(`${origin}/readyz`)).ok, 'a node becomes ready');

/** For faults that come at their own time. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
