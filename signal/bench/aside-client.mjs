/** The wire of `protocol/WIRE.md` as bytes, for the load generator. */
import { randomBytes } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { Client, frameOf, headerLength, writeFrame } from './sockets.mjs';

const TYPES = { open: 1, close: 2, send: 3, live: 4, ack: 5 };
const OPENED = 0x81;
const REFUSED = 0x82;
const DELIVER = 0x83;
const DELIVER_LIVE = 0x84;
const ANSWERS = 0x85;
const HEADER = 37;
const REQUEST_AT = 1;
const MAILBOX_AT = 5;
const STORED = 1;
const PASSED = 2;

export function newMailbox() {
  const key = randomBytes(32);
  return { key, id: Buffer.from(blake2b(key, { dkLen: 32 })) };
}

/** @param {number} type @param {Buffer} mailbox @param {Buffer} payload */
function frame(type, mailbox, payload) {
  const bytes = Buffer.alloc(HEADER + payload.length);
  bytes[0] = type;
  mailbox.copy(bytes, MAILBOX_AT);
  payload.copy(bytes, HEADER);
  return bytes;
}

/** A client of an Aside server that counts: what it sent, what came, what was answered. */
export class AsideClient {
  sent = 0;
  /** Requests answered `stored` or `passed`. */
  done = 0;
  /** Requests refused, or answered that nobody was there. */
  undone = 0;
  /** The code of the last refusal; nothing where nobody was there. @type {number | undefined} */
  refusal;
  delivered = 0;
  /** @type {(first: number, count: number) => void} */
  onDone = () => {};
  onDelivered = () => {};
  #request = 0;
  /** @type {((frame: Buffer) => void)[]} */
  #waiting = [];
  /** @type {Client} */
  client;

  /** @param {number} port @param {string} address */
  constructor(port, address) {
    this.client = new Client({
      port,
      path: '/v1',
      subprotocol: 'aside.v1',
      address,
      onFrame: (payload) => this.#take(payload),
    });
  }

  /** @param {number} port @param {string} address */
  static async connect(port, address) {
    const client = new AsideClient(port, address);
    await client.client.ready;
    return client;
  }

  /** The id that the next request will have. */
  get next() {
    return this.#request + 1;
  }

  /** Opens a mailbox. @param {ReturnType<typeof newMailbox>} mailbox */
  async open({ key, id }) {
    const answer = this.#answer();
    this.#say(TYPES.open, id, key);
    if ((await answer)[0] !== OPENED) throw new Error('a mailbox was not opened');
  }

  /** Lets go of it, so that what is sent stays. @param {Buffer} id */
  async close(id) {
    const answer = this.#answer();
    this.#say(TYPES.close, id, Buffer.alloc(0));
    if ((await answer)[0] !== ANSWERS) throw new Error('a mailbox was not closed');
  }

  /** Sends what {@link burst} made, with the next request ids in it. @param {ReturnType<typeof burst>} prepared @param {number} count */
  send(prepared, count) {
    const { bytes, step, requestAt } = prepared;
    for (let n = 0; n < count; n++) bytes.writeUInt32BE(++this.#request, n * step + requestAt);
    this.sent += count;
    if (this.client.write(bytes.subarray(0, count * step))) prepared.bytes = Buffer.from(bytes);
  }

  /** @param {number} type @param {Buffer} id @param {Buffer} payload */
  #say(type, id, payload) {
    const bytes = frame(type, id, payload);
    bytes.writeUInt32BE(++this.#request, REQUEST_AT);
    this.client.write(frameOf(bytes));
  }

  /** @returns {Promise<Buffer>} the next frame that answers something, while nothing else is under way */
  #answer() {
    return new Promise((resolve, reject) => {
      const failed = () => reject(this.client.failed ?? new Error('over'));
      this.client.socket.once('close', failed);
      this.#waiting.push((answer) => {
        this.client.socket.off('close', failed);
        resolve(answer);
      });
    });
  }

  /** @param {Buffer} payload */
  #take(payload) {
    const type = payload[0];
    if (type === DELIVER_LIVE || type === DELIVER) {
      this.delivered++;
      this.onDelivered();
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(Buffer.from(payload));
    else if (type === REFUSED) {
      this.undone++;
      this.refusal = payload[HEADER];
    } else if (type === ANSWERS) this.#count(payload);
  }

  /** @param {Buffer} payload */
  #count(payload) {
    for (let at = HEADER; at + 7 <= payload.length; at += 7) {
      const count = payload.readUInt16BE(at + 4);
      const outcome = payload[at + 6];
      if (outcome !== STORED && outcome !== PASSED) {
        this.undone += count;
        continue;
      }
      this.done += count;
      this.onDone(payload.readUInt32BE(at), count);
    }
  }
}

/**
 * As many SEND or LIVE frames as may be sent at once, ready but for their request ids.
 *
 * @param {'send' | 'live'} type
 * @param {readonly Buffer[]} mailboxes in turn
 * @param {number} size of an envelope in bytes
 * @param {number} count
 */
export function burst(type, mailboxes, size, count) {
  const start = headerLength(HEADER + size);
  const step = start + HEADER + size;
  const bytes = Buffer.alloc(count * step);
  const envelope = Buffer.alloc(size, 7);
  for (let n = 0; n < count; n++) {
    const mailbox = mailboxes[n % mailboxes.length] ?? Buffer.alloc(32);
    writeFrame(bytes, n * step, frame(TYPES[type], mailbox, envelope));
  }
  return { bytes, step, requestAt: start + REQUEST_AT };
}
