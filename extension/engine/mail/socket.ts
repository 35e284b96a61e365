/**
 * One socket to one signal server: it comes back by itself, opens its mailboxes again, and matches answers to
 * requests. It knows nothing of contacts; what it delivers is acknowledged by whoever stored it.
 */
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  mayReturn,
  type Outcome,
  type Refusal,
  type ServerFrame,
  type TurnCredentials,
  WIRE_PATH,
  WIRE_SUBPROTOCOL,
} from '@aside/signal/protocol';
import { mailboxIdOf } from '@aside/wasm-crypto';
import { socketAddress } from '../address.ts';
import { backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';

/** A connection that says nothing for so long is asked whether it is still there. */
const QUIET_BEFORE_PING = 25_000;
/** An answer to that question, and the opening of a socket, may take so long. */
const PATIENCE = 10_000;

export type SocketState =
  | { readonly state: 'connecting' }
  | { readonly state: 'online' }
  | { readonly state: 'unreachable'; readonly retryAt: number }
  | { readonly state: 'refused' }
  | { readonly state: 'stopped' };

/** What became of a request; `unsent` means that the socket went away before an answer, so nothing is known. */
export type Answer =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfter: number }
  | { readonly kind: 'unsent' };

/**
 * Removes an envelope, and those that came before it, from its mailbox. Deliveries are counted anew at every opening,
 * so a word about an earlier opening does nothing: what it meant is delivered again.
 */
export type Acknowledge = () => Promise<Answer>;

export interface SocketEvents {
  state(state: SocketState): void;
  /** A mailbox is read from now on; `waiting` envelopes were there at that moment. Ids are hexadecimal. */
  opened(mailbox: string, waiting: number): void;
  /** A stored envelope; it stays on the server until it is acknowledged. */
  envelope(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): void;
  live(mailbox: string, envelope: Uint8Array): void;
  /** Another browser reads this mailbox now. */
  taken(mailbox: string): void;
}

type Request = ClientFrame extends infer F ? (F extends ClientFrame ? Omit<F, 'request'> : never) : never;

interface Mailbox {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  /** Counts the openings, so that acknowledgements of an earlier one are known. */
  opening: number;
  /** The acknowledgement that leaves at the end of this turn: the highest, as they are cumulative. */
  pending: { sequence: number; readonly answer: Promise<Answer> } | undefined;
}

interface Waiting {
  answer(answer: Answer): void;
  turn?(credentials: TurnCredentials): void;
}

export class SignalSocket {
  readonly server: string;
  readonly #events: SocketEvents;
  readonly #clock: Clock;
  readonly #connect: (address: string, subprotocol: string) => WebSocket;
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #waiting = new Map<number, Waiting>();
  #socket: WebSocket | undefined;
  #state: SocketState = { state: 'stopped' };
  #request = 0;
  #failures = 0;
  #cancelTimer: () => void = () => {};
  #heardAt = 0;

  constructor(
    server: string,
    events: SocketEvents,
    clock: Clock,
    connect: (address: string, subprotocol: string) => WebSocket = (address, subprotocol) =>
      new WebSocket(address, subprotocol),
  ) {
    this.server = server;
    this.#events = events;
    this.#clock = clock;
    this.#connect = connect;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Connects, unless it is connected or on its way. */
  start(): void {
    if (this.#state.state === 'stopped' || this.#state.state === 'unreachable') this.#open();
  }

  /** Connects again at once where it waits to do so; also leaves a refusal behind. */
  retry(): void {
    if (this.#state.state === 'unreachable' || this.#state.state === 'refused') {
      this.#failures = 0;
      this.#open();
    }
  }

  /** Closes and stays closed until {@link start}. */
  stop(): void {
    this.#drop();
    this.#become({ state: 'stopped' });
  }

  /** Reads a mailbox from now on, also after every reconnection. */
  openMailbox(key: Uint8Array): void {
    const id = mailboxIdOf(key);
    const name = toHex(id);
    if (this.#mailboxes.has(name)) return;
    this.#mailboxes.set(name, { id, key, opening: 0, pending: undefined });
    if (this.#state.state === 'online') this.#openOne(id, key);
  }

  /** Stops reading a mailbox; what was not acknowledged stays on the server. */
  closeMailbox(name: string): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox === undefined) return;
    this.#mailboxes.delete(name);
    if (this.#state.state === 'online') void this.#ask({ type: 'close', mailbox: mailbox.id });
  }

  /** Puts an envelope into a mailbox, to be kept until its reader acknowledges it. */
  store(mailbox: Uint8Array, envelope: Uint8Array): Promise<Answer> {
    return this.#ask({ type: 'send', mailbox, envelope });
  }

  /** Hands an envelope to whoever reads the mailbox now. */
  live(mailbox: Uint8Array, envelope: Uint8Array): Promise<Answer> {
    return this.#ask({ type: 'live', mailbox, envelope });
  }

  /** Credentials for the server's relay; `undefined` where it has none or can't be asked now. */
  turn(): Promise<TurnCredentials | undefined> {
    return new Promise((resolve) => {
      this.#send({ type: 'turn' }, { answer: () => resolve(undefined), turn: resolve });
    });
  }

  #open(): void {
    this.#cancelTimer();
    this.#become({ state: 'connecting' });
    let socket: WebSocket;
    try {
      socket = this.#connect(socketAddress(this.server, WIRE_PATH), WIRE_SUBPROTOCOL);
    } catch {
      this.#later();
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#cancelTimer = this.#clock.after(PATIENCE, () => this.#lost(socket));
    socket.onopen = () => this.#online(socket);
    socket.onclose = (event) => this.#lost(socket, event.code);
    socket.onmessage = (event) => this.#heard(socket, event.data);
  }

  #online(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#cancelTimer();
    this.#request = 0;
    this.#failures = 0;
    this.#heardAt = this.#clock.now();
    this.#watch(socket);
    this.#become({ state: 'online' });
    for (const { id, key } of this.#mailboxes.values()) this.#openOne(id, key);
  }

  #openOne(id: Uint8Array, key: Uint8Array): void {
    this.#send(
      { type: 'open', mailbox: id, key },
      {
        answer: (answer) => {
          // A refusal to open is temporary (rate, busy) or a matter of quotas; either way, time is what helps.
          if (answer.kind !== 'refused') return;
          this.#clock.after(Math.max(answer.retryAfter, 1000), () => {
            if (this.#state.state === 'online' && this.#mailboxes.has(toHex(id))) this.#openOne(id, key);
          });
        },
      },
    );
  }

  /** Asks a silent server for a sign of life, and gives it up where none comes. */
  #watch(socket: WebSocket): void {
    const due = this.#heardAt + QUIET_BEFORE_PING - this.#clock.now();
    this.#cancelTimer = this.#clock.after(Math.max(due, 0), () => {
      if (this.#clock.now() - this.#heardAt < QUIET_BEFORE_PING) {
        this.#watch(socket);
        return;
      }
      const asked = this.#clock.now();
      this.#send({ type: 'ping' }, { answer: () => {} });
      this.#cancelTimer = this.#clock.after(PATIENCE, () => {
        if (this.#heardAt >= asked) this.#watch(socket);
        else this.#lost(socket);
      });
    });
  }

  #lost(socket: WebSocket, code?: number): void {
    if (this.#socket !== socket) return;
    this.#drop();
    if (code !== undefined && !mayReturn(code)) this.#become({ state: 'refused' });
    else this.#later();
  }

  #later(): void {
    this.#failures++;
    const wait = backoff(this.#failures, Math.random());
    this.#cancelTimer = this.#clock.after(wait, () => this.#open());
    this.#become({ state: 'unreachable', retryAt: this.#clock.now() + wait });
  }

  #drop(): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.onopen = socket.onclose = socket.onmessage = null;
      socket.close();
    }
    for (const mailbox of this.#mailboxes.values()) mailbox.opening++;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const request of waiting) request.answer({ kind: 'unsent' });
  }

  #ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => this.#send(request, { answer: resolve }));
  }

  #send(request: Request, waiting: Waiting): void {
    if (this.#state.state !== 'online' || this.#socket === undefined) {
      waiting.answer({ kind: 'unsent' });
      return;
    }
    this.#request++;
    this.#waiting.set(this.#request, waiting);
    const frame = encodeClientFrame({ ...request, request: this.#request } as ClientFrame);
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  #heard(socket: WebSocket, data: unknown): void {
    if (this.#socket !== socket) return;
    this.#heardAt = this.#clock.now();
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(new Uint8Array(data as ArrayBuffer));
    } catch {
      // A server that breaks the format is of no use, but it may be replaced: come back later.
      this.#lost(socket);
      return;
    }
    this.#handle(frame);
  }

  #handle(frame: ServerFrame): void {
    switch (frame.type) {
      case 'opened':
        this.#waiting.delete(frame.request);
        this.#opened(toHex(frame.mailbox), frame.waiting);
        break;
      case 'refused':
        this.#settle(frame.request, { kind: 'refused', reason: frame.reason, retryAfter: frame.retryAfter });
        break;
      case 'answers':
        for (const run of frame.runs) {
          for (let i = 0; i < run.count; i++)
            this.#settle(run.first + i, { kind: 'done', outcome: run.outcome });
        }
        break;
      case 'deliver':
        this.#delivered(toHex(frame.mailbox), frame.sequence, frame.envelope);
        break;
      case 'deliver-live':
        this.#events.live(toHex(frame.mailbox), frame.envelope);
        break;
      case 'taken':
        if (this.#mailboxes.has(toHex(frame.mailbox))) this.#events.taken(toHex(frame.mailbox));
        break;
      case 'turn-credentials': {
        const waiting = this.#waiting.get(frame.request);
        this.#waiting.delete(frame.request);
        waiting?.turn?.(frame.credentials);
        break;
      }
      case 'pong':
        this.#waiting.delete(frame.request);
        break;
    }
  }

  #opened(name: string, waiting: number): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox === undefined) return;
    mailbox.opening++;
    this.#events.opened(name, waiting);
  }

  #delivered(name: string, sequence: number, envelope: Uint8Array): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox === undefined) return;
    const { opening } = mailbox;
    this.#events.envelope(name, envelope, () => {
      if (this.#mailboxes.get(name) !== mailbox || mailbox.opening !== opening) {
        return Promise.resolve({ kind: 'unsent' });
      }
      return this.#acknowledge(mailbox, sequence);
    });
  }

  #acknowledge(mailbox: Mailbox, sequence: number): Promise<Answer> {
    if (mailbox.pending !== undefined) {
      mailbox.pending.sequence = Math.max(mailbox.pending.sequence, sequence);
      return mailbox.pending.answer;
    }
    const { opening } = mailbox;
    const answer = new Promise<Answer>((resolve) => {
      queueMicrotask(() => {
        const upTo = mailbox.pending?.sequence ?? sequence;
        mailbox.pending = undefined;
        if (mailbox.opening !== opening) resolve({ kind: 'unsent' });
        else this.#send({ type: 'ack', mailbox: mailbox.id, sequence: upTo }, { answer: resolve });
      });
    });
    mailbox.pending = { sequence, answer };
    return answer;
  }

  #settle(request: number, answer: Answer): void {
    const waiting = this.#waiting.get(request);
    this.#waiting.delete(request);
    waiting?.answer(answer);
  }

  #become(state: SocketState): void {
    this.#state = state;
    this.#events.state(state);
  }
}
