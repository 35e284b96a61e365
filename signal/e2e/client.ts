import { randomBytes } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import WebSocket from 'ws';
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  type Outcome,
  type ServerFrame,
  WIRE_SUBPROTOCOL,
} from '../protocol/index.ts';

export interface Mailbox {
  readonly key: Uint8Array;
  readonly mailbox: Uint8Array;
}

export function newMailbox(): Mailbox {
  const key = new Uint8Array(randomBytes(32));
  return { key, mailbox: blake2b(key, { dkLen: 32 }) };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (envelope: Uint8Array): string => new TextDecoder().decode(envelope);

type WithoutRequest<Frame> = Frame extends { readonly request: number } ? Omit<Frame, 'request'> : never;

/** What one request came to: an outcome, or the frame that answered it. */
export type Answer = Outcome | Extract<ServerFrame, { readonly request: number }>;

/** Of an upgrade; several values are several lines. */
type Headers = Readonly<Record<string, string | string[]>>;

/** A client for tests: one socket, requests numbered by itself, everything that comes kept. */
export class TestClient {
  readonly received: { readonly frame: ServerFrame; readonly bytes: Uint8Array }[] = [];
  readonly socket: WebSocket;
  /** Close code, when it is over. */
  readonly closed: Promise<number>;
  #request = 0;
  readonly #answers = new Map<number, Answer>();
  #watchers: (() => void)[] = [];
  #over = false;

  constructor(url: string, protocols: string[] = [WIRE_SUBPROTOCOL], headers: Headers = {}) {
    this.socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
    this.socket.binaryType = 'nodebuffer';
    this.socket.on('message', (data: Buffer) => this.#take(new Uint8Array(data)));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code) => {
        this.#over = true;
        this.#changed();
        resolve(code);
      }),
    );
  }

  static async connect(url: string, headers: Headers = {}): Promise<TestClient> {
    const client = new TestClient(url, [WIRE_SUBPROTOCOL], headers);
    await client.connected();
    return client;
  }

  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('open', () => resolve());
      this.socket.once('error', reject);
    });
  }

  /** Sends a frame and returns its request id. */
  say(frame: WithoutRequest<ClientFrame>): number {
    const request = ++this.#request;
    this.socket.send(encodeClientFrame({ ...frame, request } as ClientFrame));
    return request;
  }

  /** Sends bytes as they are, but for the next request id in their place. */
  raw(frame: Uint8Array): number {
    const request = ++this.#request;
    const copy = frame.slice();
    if (copy.length >= 5) new DataView(copy.buffer).setUint32(1, request);
    this.socket.send(copy);
    return request;
  }

  /** The answer to a request. Rejects if the socket ends before. */
  answer(request: number): Promise<Answer> {
    return this.until(() => this.#answers.get(request));
  }

  ask(frame: WithoutRequest<ClientFrame>): Promise<Answer> {
    return this.answer(this.say(frame));
  }

  open({ key, mailbox }: Mailbox): Promise<Answer> {
    return this.ask({ type: 'open', mailbox, key });
  }

  send({ mailbox }: Pick<Mailbox, 'mailbox'>, words: string): Promise<Answer> {
    return this.ask({ type: 'send', mailbox, envelope: bytes(words) });
  }

  /** All frames of a type so far. */
  all<Type extends ServerFrame['type']>(type: Type): Extract<ServerFrame, { type: Type }>[] {
    return this.received.flatMap(({ frame }) =>
      frame.type === type ? [frame as Extract<ServerFrame, { type: Type }>] : [],
    );
  }

  /** Resolves with the first frames of a type when there are so many. */
  async frames<Type extends ServerFrame['type']>(type: Type, count: number) {
    return this.until(() => {
      const all = this.all(type);
      return all.length >= count ? all : undefined;
    });
  }

  /** Looks after every frame that comes until `look` gives something. Rejects when the socket ends. */
  async until<Found>(look: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#over) throw new Error('the socket ended while a test waited');
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(data: Uint8Array): void {
    const frame = decodeServerFrame(data);
    this.received.push({ frame, bytes: data });
    if (frame.type === 'answers') {
      for (const { first, count, outcome } of frame.runs) {
        for (let request = first; request < first + count; request++) this.#note(request, outcome);
      }
    } else if ('request' in frame) {
      this.#note(frame.request, frame);
    }
    this.#changed();
  }

  #note(request: number, answer: Answer): void {
    if (this.#answers.has(request)) throw new Error(`request ${request} was answered twice`);
    this.#answers.set(request, answer);
  }

  #changed(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
