import { expect } from 'vitest';
import { newMailbox, TestClient, text } from '../e2e/client.ts';

/** Filler: an envelope of an ordinary size. */
const FILLER = 'x'.repeat(500);

/** What one sender has under way. */
const UNDER_WAY = 100;

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
  #number = 0;

  /** Keeps a window full until `over`, or until the socket ends. */
  async send(url: string, over: () => boolean): Promise<void> {
    const client = await TestClient.connect(url);
    const one = async (): Promise<void> => {
      while (!over()) {
        const words = `${++this.#number} ${FILLER}`;
        this.said.add(words);
        const answer = await client.send(this.box, words);
        if (answer === 'stored') this.stored.add(words);
        // Refused: a moment later, as clients do.
        else await pause(20);
      }
    };
    const all = Array.from({ length: UNDER_WAY }, () => one().catch(() => void this.unanswered++));
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
      while (!over()) {
        const delivered = await client.frames('deliver', words.length + 1);
        for (const { envelope } of delivered.slice(words.length)) {
          const word = text(envelope);
          // What was removed durably stays away; what was only read may come again.
          expect(this.removed.has(word)).toBe(false);
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
    expect(missing()).toEqual([]);
    expect([...this.read].filter((words) => !this.said.has(words))).toEqual([]);
  }
}

/** For faults that come at their own time. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
