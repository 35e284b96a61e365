/**
 * A signal server that speaks the format and keeps no promise: what it does with an envelope is up to the test. It
 * remembers every byte that it was given, so that a test can look for what it should never have learnt.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ABOUT_PATH,
  decodeClientFrame,
  encodeAbout,
  encodeServerFrame,
  type Outcome,
  type Refusal,
  type ServerFrame,
  type TurnCredentials,
  WIRE_PATH,
} from '@aside/signal/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { sameBytes, toHex } from '../encoding.ts';

export interface Put {
  readonly mailbox: string;
  readonly envelope: Uint8Array;
}

interface Reader {
  readonly socket: WebSocket;
  readonly id: Uint8Array;
  sequence: number;
  /** Up to where this opening was acknowledged. */
  acknowledged: number;
}

export class HostileServer {
  readonly url: string;
  /** Every envelope that was put into a mailbox, and where. */
  readonly puts: Put[] = [];
  /** What is delivered instead of an envelope: nothing, it, others, elsewhere. Honest until the test says otherwise. */
  fate: (put: Put) => readonly Put[] = (put) => [put];
  /** What is passed instead of a live envelope; nobody is there until the test says otherwise. */
  liveFate: ((put: Put) => readonly Put[]) | undefined;
  /** Where its relay is, once it has one. */
  relay: TurnCredentials | undefined;
  /** Refuses to open a mailbox, with a reason. */
  refuseOpening: (mailbox: string, pass: Uint8Array | undefined) => Refusal | undefined = () => undefined;
  /** Makes a guest pass; this server asks for none until the test says otherwise. */
  mint: (pass: Uint8Array) => Uint8Array | undefined = () => undefined;
  /** Passes that relay credentials were asked for with. */
  readonly relayPasses: (Uint8Array | undefined)[] = [];
  /** Refuses to take an envelope, with a reason. */
  refuse: (put: Put) => Refusal | undefined = () => undefined;
  /** Refuses to lend a word, with a reason. */
  refuseWord: () => Refusal | undefined = () => undefined;
  /** Where a word leads, by whoever asked for it last. Tells the truth until the test says otherwise. */
  leadsTo: (word: number) => Uint8Array | undefined = (word) => this.#words[word];
  readonly #words: (Uint8Array | undefined)[] = [];
  /** How long it says that it keeps an envelope. Seconds. */
  retention = 3600;
  /** Hears and says nothing. */
  silent = false;
  readonly #sockets: WebSocketServer;
  readonly #stop: () => Promise<void>;
  readonly #kept = new Map<string, Uint8Array[]>();
  #opened = 0;
  readonly #readers = new Map<string, Reader>();

  private constructor(url: string, sockets: WebSocketServer, stop: () => Promise<void>) {
    this.url = url;
    this.#sockets = sockets;
    this.#stop = stop;
    sockets.on('connection', (socket) => {
      this.#opened++;
      socket.on('message', (data) => this.#hear(socket, new Uint8Array(data as Buffer)));
      socket.on('close', () => {
        for (const [mailbox, reader] of this.#readers)
          if (reader.socket === socket) {
            this.#readers.delete(mailbox);
            this.#giveBack(reader.id);
          }
      });
    });
  }

  static async start(): Promise<HostileServer> {
    const http = createServer((request, response) => {
      if (request.url !== ABOUT_PATH) response.writeHead(404).end();
      else {
        response.writeHead(200, { 'access-control-allow-origin': '*' });
        response.end(encodeAbout({ aside: 1, relay: false, pass: false }));
      }
    });
    const sockets = new WebSocketServer({ server: http, path: WIRE_PATH });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const { port } = http.address() as AddressInfo;
    return new HostileServer(`http://127.0.0.1:${port}`, sockets, async () => {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((done) => http.close(done));
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  /** Ends every socket, as a network that fails does. */
  dropAll(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** How many sockets stand. */
  get sockets(): number {
    return this.#sockets.clients.size;
  }

  /** How many sockets have ever been opened here. */
  get visits(): number {
    return this.#opened;
  }

  /** Ids of the mailboxes that somebody reads now. */
  get read(): string[] {
    return [...this.#readers.keys()];
  }

  /** Whether an envelope is still kept for a mailbox's reader. */
  keeps(mailbox: string, envelope: Uint8Array): boolean {
    return (this.#kept.get(mailbox) ?? []).some((kept) => Buffer.compare(kept, envelope) === 0);
  }

  /** Brings an envelope to a mailbox, whoever wrote it. */
  deliver({ mailbox, envelope }: Put): void {
    const kept = this.#kept.get(mailbox) ?? [];
    this.#kept.set(mailbox, kept);
    kept.push(envelope);
    this.#push(mailbox, envelope);
  }

  /** Tells every reader that another browser reads their mailboxes now. */
  takeAll(): void {
    for (const { socket, id } of this.#readers.values()) say(socket, { type: 'taken', mailbox: id });
  }

  /** Passes bytes as a live envelope. */
  deliverLive({ mailbox, envelope }: Put): void {
    const reader = this.#readers.get(mailbox);
    if (reader !== undefined) say(reader.socket, { type: 'deliver-live', mailbox: reader.id, envelope });
  }

  #wordOf(mailbox: Uint8Array): number {
    return this.#words.findIndex((lent) => lent !== undefined && sameBytes(lent, mailbox));
  }

  /** Whoever reads a mailbox no longer has its word no longer. */
  #giveBack(mailbox: Uint8Array): void {
    const word = this.#wordOf(mailbox);
    if (word >= 0) this.#words[word] = undefined;
  }

  #push(mailbox: string, envelope: Uint8Array): void {
    const reader = this.#readers.get(mailbox);
    if (reader === undefined) return;
    reader.sequence++;
    say(reader.socket, { type: 'deliver', mailbox: reader.id, sequence: reader.sequence, envelope });
  }

  #hear(socket: WebSocket, bytes: Uint8Array): void {
    if (this.silent) return;
    const frame = decodeClientFrame(bytes);
    const answer = (outcome: Outcome) =>
      say(socket, { type: 'answers', runs: [{ first: frame.request, count: 1, outcome }] });
    const refuse = (reason: Refusal) => {
      const mailbox = 'mailbox' in frame ? frame.mailbox : new Uint8Array(32);
      say(socket, { type: 'refused', request: frame.request, mailbox, reason, retryAfter: 0 });
    };
    switch (frame.type) {
      case 'open': {
        const mailbox = toHex(frame.mailbox);
        const reason = this.refuseOpening(mailbox, frame.pass?.slice());
        if (reason !== undefined) {
          refuse(reason);
          break;
        }
        const kept = this.#kept.get(mailbox) ?? [];
        this.#readers.set(mailbox, { socket, id: frame.mailbox.slice(), sequence: 0, acknowledged: 0 });
        say(socket, {
          type: 'opened',
          request: frame.request,
          mailbox: frame.mailbox,
          waiting: kept.length,
          retention: this.retention,
        });
        for (const envelope of kept) this.#push(mailbox, envelope);
        break;
      }
      case 'close':
        this.#readers.delete(toHex(frame.mailbox));
        this.#giveBack(frame.mailbox);
        answer('closed');
        break;
      case 'send': {
        const put = { mailbox: toHex(frame.mailbox), envelope: frame.envelope.slice() };
        const reason = this.refuse(put);
        if (reason !== undefined) {
          refuse(reason);
          break;
        }
        this.puts.push(put);
        answer('stored');
        for (const one of this.fate(put)) this.deliver(one);
        break;
      }
      case 'live':
        if (this.liveFate === undefined) answer('nobody');
        else {
          answer('passed');
          const put = { mailbox: toHex(frame.mailbox), envelope: frame.envelope.slice() };
          for (const one of this.liveFate(put)) this.deliverLive(one);
        }
        break;
      case 'ack': {
        const mailbox = toHex(frame.mailbox);
        const reader = this.#readers.get(mailbox);
        // Sequences count from the opening, when everything that was kept was pushed again.
        if (reader !== undefined && frame.sequence > reader.acknowledged) {
          this.#kept.get(mailbox)?.splice(0, frame.sequence - reader.acknowledged);
          reader.acknowledged = frame.sequence;
        }
        answer('removed');
        break;
      }
      case 'mint': {
        const pass = this.mint(frame.pass);
        if (pass === undefined) refuse('no-passes');
        else say(socket, { type: 'guest-pass', request: frame.request, pass });
        break;
      }
      case 'turn':
        this.relayPasses.push(frame.pass?.slice());
        if (this.relay !== undefined) {
          say(socket, { type: 'turn-credentials', request: frame.request, credentials: this.relay });
          break;
        }
        refuse('no-relay');
        break;
      case 'lend-word': {
        const { request, mailbox } = frame;
        const reason = this.refuseWord();
        if (reason !== undefined) {
          refuse(reason);
          break;
        }
        let word = this.#wordOf(mailbox);
        if (word < 0) {
          const { wish } = frame;
          // A word that was given back is nobody's until somebody wishes for it, as most words are at a real server.
          word = wish !== undefined && this.#words[wish] === undefined ? wish : this.#words.length;
          this.#words[word] = mailbox.slice();
        }
        say(socket, { type: 'word-lent', request, mailbox, word, seconds: 600 });
        break;
      }
      case 'resolve-word': {
        const { request } = frame;
        const mailbox = this.leadsTo(frame.word);
        if (mailbox !== undefined) say(socket, { type: 'word-found', request, mailbox });
        else refuse('word-unknown');
        break;
      }
      case 'ping':
        say(socket, { type: 'pong', request: frame.request });
        break;
    }
  }
}

function say(socket: WebSocket, frame: ServerFrame): void {
  socket.send(encodeServerFrame(frame));
}
