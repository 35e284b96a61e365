/** The part of the load that wants to be stored. */
import { AsideClient, burst, newMailbox } from './aside-client.mjs';

/** Of one sender, under way and sent at a time. */
const WINDOW = 128;
const BURST = 32;

/** How often the paced load is topped up. Milliseconds. */
const STEP_MS = 2;

/** @typedef {{ client: AsideClient, frames: ReturnType<typeof burst> }} Sender */

/** @type {Sender[]} */
let senders = [];

/** @param {(n: number) => string} addressOf */
export const storing = (addressOf) => ({
  /**
   * Makes senders ready, each for mailboxes that nobody reads: new ones, or those that keys are given for. Whoever was
   * ready before is let go.
   */
  async senders(
    /** @type {{ port: number, count: number, size: number, mailboxesEach: number, keys?: readonly ReturnType<typeof newMailbox>[] }} */
    { port, count, size, mailboxesEach, keys },
  ) {
    for (const { client } of senders) client.client.end();
    senders = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const client = await AsideClient.connect(port, addressOf(n));
        const mine = Array.from(
          { length: mailboxesEach },
          (_, m) => keys?.[(n * mailboxesEach + m) % keys.length] ?? newMailbox(),
        );
        for (const mailbox of mine) {
          await client.open(mailbox);
          await client.close(mailbox.id);
        }
        const ids = mine.map(({ id }) => Buffer.from(id));
        return { client, frames: burst('send', ids, size, BURST * Math.ceil(ids.length / BURST)) };
      }),
    );
  },

  /** Keeps every sender's window full for a while. Resolves with how many were answered `stored` in that time. */
  async store(/** @type {{ ms: number }} */ { ms }) {
    let running = true;
    let stored = 0;
    const before = process.cpuUsage();
    for (const { client, frames } of senders) {
      let underWay = 0;
      const send = () => {
        while (running && underWay <= WINDOW - BURST) {
          client.send(frames, BURST);
          underWay += BURST;
        }
      };
      client.onDone = (_, count) => {
        if (running) stored += count;
        underWay -= count;
        send();
      };
      send();
    }
    await wait(ms);
    running = false;
    const { user, system } = process.cpuUsage(before);
    await settled();
    return { stored, cpu: (user + system) / 1e6 };
  },

  /**
   * Sends so many a second, whatever comes back. Resolves with how many milliseconds the answers took, in order, from
   * the moment when each was due.
   */
  async pace(/** @type {{ perSecond: number, ms: number }} */ { perSecond, ms }) {
    const due = senders.map(() => new Map());
    /** @type {number[]} */
    const took = [];
    for (const [n, { client }] of senders.entries()) {
      client.onDone = (first, count) => {
        const now = performance.now();
        for (let request = first; request < first + count; request++) {
          took.push(now - due[n]?.get(request));
          due[n]?.delete(request);
        }
      };
    }
    const began = performance.now();
    let sent = 0;
    let turn = 0;
    for (let now = began; now < began + ms; now = performance.now()) {
      const wanted = Math.floor(((now - began) / 1000) * perSecond);
      while (sent < wanted) {
        const sender = senders[turn];
        const count = Math.min(4, wanted - sent);
        const when = began + (sent / perSecond) * 1000;
        for (let n = 0; n < count; n++) due[turn]?.set((sender?.client.next ?? 0) + n, when);
        sender?.client.send(sender.frames, count);
        sent += count;
        turn = (turn + 1) % senders.length;
      }
      await wait(STEP_MS);
    }
    await settled();
    return { sent, took: took.sort((a, b) => a - b) };
  },
});

async function settled() {
  for (let turns = 0; senders.some(({ client }) => client.done + client.undone < client.sent); turns++) {
    if (turns > 2000) throw new Error('answers are missing');
    await wait(10);
  }
  for (const { client } of senders) {
    if (client.undone > 0) throw new Error(`${client.undone} envelopes were refused`);
    if (client.client.failed) throw client.client.failed;
  }
}

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
