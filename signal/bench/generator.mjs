/** The load: a process of its own (`watched.mjs` starts it), told by messages what to do. */
import { AsideClient, burst, newMailbox } from './aside-client.mjs';
import { Client, headerLength, writeFrame } from './sockets.mjs';

/** Messages of a pair that are under way at most, and how many are sent at a time. */
const WINDOW = 32;
const BURST = 16;

/** What is open, by the name that the bench gave it. @type {Map<string, { run: (ms: number) => Promise<number>, end: () => void }>} */
const pairs = new Map();

/** @type {AsideClient[]} */
const idle = [];

/** A client's address for each pair, so that the limits of one address do not bind. @param {number} n */
const addressOf = (n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/**
 * Sends between pairs for a while, each with a window: what came is made up for, where there are answers when it was
 * answered too. Resolves with how many came.
 *
 * @typedef {object} Side
 * @property {(count: number) => void} send
 * @property {() => void} check
 * @property {(heard: () => void) => void} onDelivered
 * @property {(heard: () => void) => void} [onAnswered]
 * @property {() => number} unanswered how many were sent and have no answer yet
 */
/** @param {readonly Side[]} sides */
function runner(sides) {
  let running = false;
  let received = 0;
  const states = sides.map((side) => ({ side, underWay: 0, came: 0 }));
  for (const state of states) {
    const { side } = state;
    const goOn = () => {
      if (!running || Math.max(state.underWay, side.unanswered()) > WINDOW - BURST) return;
      state.underWay += BURST;
      side.send(BURST);
    };
    side.onDelivered(() => {
      received++;
      state.underWay--;
      goOn();
    });
    side.onAnswered?.(goOn);
  }
  return async (/** @type {number} */ ms) => {
    received = 0;
    running = true;
    for (const state of states) {
      const count = WINDOW - state.underWay;
      for (let left = count; left > 0; left -= BURST) state.side.send(Math.min(left, BURST));
      state.underWay += count;
    }
    await wait(ms);
    const counted = received;
    running = false;
    for (let turns = 0; states.some(({ underWay, side }) => underWay > 0 || side.unanswered() > 0); turns++) {
      if (turns > 500) {
        for (const { side } of states) side.check();
        throw new Error('messages were lost on the way');
      }
      await wait(10);
    }
    for (const { side } of states) side.check();
    return counted;
  };
}

/** @param {readonly Client[]} clients */
function endAll(clients) {
  for (const client of clients) client.end();
}

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const jobs = {
  /** Opens pairs at Aside servers: of each kind of pair in turn, where its sender and its reader come in. */
  async asidePairs(
    /** @type {{ name: string, ports: readonly (readonly [number, number])[], pairs: number, size: number }} */
    { name, ports, pairs: count, size },
  ) {
    const all = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const mailbox = newMailbox();
        const [to = 0, at = 0] = ports[n % ports.length] ?? [];
        const reader = await AsideClient.connect(at, addressOf(n));
        await reader.open(mailbox);
        const sender = await AsideClient.connect(to, addressOf(n));
        return { reader, sender, frames: burst('live', [mailbox.id], size, BURST) };
      }),
    );
    pairs.set(name, {
      run: runner(
        all.map(({ reader, sender, frames }) => ({
          send: (many) => sender.send(frames, many),
          onDelivered: (heard) => {
            reader.onDelivered = heard;
          },
          onAnswered: (heard) => {
            sender.onDone = heard;
          },
          unanswered: () => sender.sent - sender.done - sender.undone,
          check() {
            const failed = sender.client.failed ?? reader.client.failed;
            if (failed !== undefined) throw failed;
            if (sender.undone > 0) {
              throw new Error(`${sender.undone} messages were not passed on (refusal ${sender.refusal})`);
            }
          },
        })),
      ),
      end: () => endAll(all.flatMap(({ reader, sender }) => [reader.client, sender.client])),
    });
  },

  /** Opens pairs at a server that hands a message to the other of its pair, or, with `json`, to whom it names. */
  async otherPairs(
    /** @type {{ name: string, port: number, pairs: number, size: number, json: boolean }} */
    { name, port, pairs: count, size, json },
  ) {
    const text = Buffer.alloc(size, 'x');
    const all = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        /** @type {() => void} */
        let heard = () => {};
        const path = (/** @type {string} */ id) =>
          json ? `/peerjs?key=peerjs&id=${id}&token=${id}` : `/${n}`;
        const message = JSON.stringify({ type: 'OFFER', payload: text.toString(), dst: `b${n}` });
        const payload = json ? Buffer.from(message) : text;
        const reader = new Client({
          port,
          path: path(`b${n}`),
          onFrame: (came) => {
            // PeerServer's first word is that the socket is open.
            if (came.length >= size) heard();
          },
        });
        await reader.ready;
        const sender = new Client({ port, path: path(`a${n}`) });
        await sender.ready;
        const step = headerLength(payload.length) + payload.length;
        const frames = Buffer.alloc(BURST * step);
        for (let many = 0; many < BURST; many++) writeFrame(frames, many * step, payload, json);
        return {
          reader,
          sender,
          side: {
            send: (/** @type {number} */ many) => sender.write(frames.subarray(0, many * step)),
            onDelivered: (/** @type {() => void} */ told) => {
              heard = told;
            },
            unanswered: () => 0,
            check() {
              const failed = sender.failed ?? reader.failed;
              if (failed !== undefined) throw failed;
            },
          },
        };
      }),
    );
    pairs.set(name, {
      run: runner(all.map(({ side }) => side)),
      end: () => endAll(all.flatMap(({ reader, sender }) => [reader, sender])),
    });
  },

  /** Sends between the pairs of a name. */
  async live(/** @type {{ name: string, ms: number }} */ { name, ms }) {
    const before = process.cpuUsage();
    const messages = await pairs.get(name)?.run(ms);
    const { user, system } = process.cpuUsage(before);
    return { messages: messages ?? 0, cpu: (user + system) / 1e6 };
  },

  async end(/** @type {{ name: string }} */ { name }) {
    pairs.get(name)?.end();
    pairs.delete(name);
  },

  /** Brings the sockets that do nothing but hold a mailbox open to a number. */
  async idle(/** @type {{ port: number, count: number }} */ { port, count }) {
    for (const client of idle.splice(count)) client.client.end();
    while (idle.length < count) {
      const first = idle.length;
      const some = Array.from({ length: Math.min(100, count - first) }, async (_, n) => {
        const client = await AsideClient.connect(port, addressOf(first + n));
        await client.open(newMailbox());
        return client;
      });
      idle.push(...(await Promise.all(some)));
    }
    for (const { client } of idle) if (client.failed) throw client.failed;
  },

  ...(await import('./storing.mjs')).storing(addressOf),
};

/** @typedef {typeof jobs} Jobs */

process.on('message', async (/** @type {{ job: keyof Jobs, options: any }} */ { job, options }) => {
  try {
    process.send?.({ result: await jobs[job](options) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());
