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
  WireError,
} from '@aside/signal/protocol';
import { mailboxIdOf } from '@aside/wasm-crypto';
import type { PassTrouble } from '../../bridge/types.ts';
import { socketAddress } from '../address.ts';
import { backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';

/** A connection that says nothing for so long is asked whether it is still there. */
const QUIET_BEFORE_PING = 25_000;
/** An answer to that question, and the opening of a socket, may take so long. */
const PATIENCE = 10_000;
/**
 * A request that is not answered for so long has a server that does not do its work, whatever else it says: the
 * socket is given up, and what was asked is asked again on the next one. Storing 64 KiB over a slow line takes less.
 */
const ANSWER_PATIENCE = 45_000;
/** A server's word about when to come back counts up to this; its field would hold 49 days. */
export const RETRY_AFTER_MAX = 300_000;
/** A socket that stood for so long was a good one; one that falls at once counts as one more failure. */
const STABLE = 5000;

export type SocketState =
  | { readonly state: 'connecting' }
  | { readonly state: 'online' }
  | { readonly state: 'unreachable'; readonly retryAt: number }
  | { readonly state: 'refused' }
  | { readonly state: 'stopped' };

/** What became of a request, with `retryAfter` in milliseconds within {@link RETRY_AFTER_MAX}; `unsent` means that the socket went away before an answer, so nothing is known. */
export type Answer =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfter: number }
  | { readonly kind: 'unsent' };

/** What became of asking for a word, or about one (`mailbox` is an id). */
export type WordAnswer =
  | { readonly kind: 'lent'; readonly word: number }
  | { readonly kind: 'found'; readonly mailbox: Uint8Array }
  | Exclude<Answer, { kind: 'done' }>;

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
  /** The server keeps it shut for want of a pass. */
  shut(mailbox: string): void;
}

/** What is shown to a server that asks for a pass, the first before the second. */
export interface ShownPasses {
  own(): Uint8Array | undefined;
  /** For a mailbox, whose id is hexadecimal. */
  guest(mailbox: string): Uint8Array | undefined;
}

const NO_PASSES: ShownPasses = { own: () => undefined, guest: () => undefined };

type Request = ClientFrame extends infer F ? (F extends ClientFrame ? Omit<F, 'request'> : never) : never;

interface Mailbox {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  /** Counts the openings, so that deliveries and acknowledgements of an earlier one are known. */
  opening: number;
  /**
   * Whether the present opening was answered. What is delivered before that belongs to an earlier one, whose numbers
   * mean nothing any more: acknowledged, it could remove envelopes of the new one that nobody has read.
   */
  state: 'closed' | 'opening' | 'open';
  /** Nobody misses it while it is shut. */
  isSpare: boolean;
  /** Refused openings in a row. */
  refusals: number;
  /** Refused for want of a pass: time does not help, so that it is asked for again only when something has changed. */
  trouble: PassTrouble | undefined;
  /** The acknowledgement that leaves at the end of this turn: the highest, as they are cumulative. */
  pending: { sequence: number; readonly answer: Promise<Answer> } | undefined;
}

/** An answer fits the request that it is for, or the server breaks the format. */
type Waiting =
  | { readonly for: 'send' | 'live' | 'ack' | 'close'; answer(answer: Answer): void }
  | { readonly for: 'open'; answer(answer: Answer): void; opened(waiting: number, retention: number): void }
  | { readonly for: 'turn'; answer(answer: Answer): void; turn(credentials: TurnCredentials): void }
  | { readonly for: 'word'; answer(answer: Answer): void; word(answer: WordAnswer): void }
  | { readonly for: 'mint'; answer(answer: Answer): void; minted(pass: Uint8Array): void }
  | { readonly for: 'ping'; answer(answer: Answer): void };

const OUTCOMES_OF: Readonly<Record<Waiting['for'], readonly Outcome[]>> = {
  send: ['stored'],
  live: ['passed', 'nobody'],
  ack: ['removed'],
  close: ['closed'],
  open: [],
  turn: [],
  mint: [],
  word: [],
  ping: [],
};

/** A server that does not keep to the format. */
class FormatError extends Error {
  override readonly name = 'FormatError';
}

export class SignalSocket {
  readonly server: string;
  readonly #events: SocketEvents;
  readonly #clock: Clock;
  readonly #passes: ShownPasses;
  readonly #connect: (address: string, subprotocol: string) => WebSocket;
  readonly #mailboxes = new Map<string, Mailbox>();
  /** In the order of asking, so that the first is the one that waits longest. */
  readonly #waiting = new Map<number, Waiting & { readonly since: number }>();
  #socket: WebSocket | undefined;
  #state: SocketState = { state: 'stopped' };
  #request = 0;
  #failures = 0;
  #cancelTimer: () => void = () => {};
  #heardAt = 0;
  #onlineAt = 0;
  #retention: number | undefined;
  #cancelOverdue: (() => void) | undefined;

  constructor(
    server: string,
    events: SocketEvents,
    clock: Clock,
    connect: (address: string, subprotocol: string) => WebSocket = (address, subprotocol) =>
      new WebSocket(address, subprotocol),
    passes: ShownPasses = NO_PASSES,
  ) {
    this.#passes = passes;
    this.server = server;
    this.#events = events;
    this.#clock = clock;
    this.#connect = connect;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Seconds that this server keeps an envelope; known once a mailbox was opened there. */
  get retention(): number | undefined {
    return this.#retention;
  }

  /** Whether a mailbox is read here, or an answer waited for. */
  get isUsed(): boolean {
    return this.#mailboxes.size > 0 || this.#waiting.size > 0;
  }

  /** Whether a mailbox that is missed is kept shut for want of a pass; a pass that is none tells more than none at all. */
  get passTrouble(): PassTrouble | undefined {
    const troubles = [...this.#mailboxes.values()].map(({ trouble, isSpare }) =>
      isSpare ? undefined : trouble,
    );
    return troubles.find((one) => one === 'refused') ?? troubles.find((one) => one !== undefined);
  }

  /** Connects, unless it is connected or on its way. */
  start(): void {
    if (this.#state.state === 'stopped' || this.#state.state === 'unreachable') this.#open();
  }

  /** Connects again at once where it waits to do so; also leaves a refusal behind, of the socket or of a mailbox. */
  retry(): void {
    this.openRefused();
    if (this.#state.state === 'unreachable' || this.#state.state === 'refused') {
      this.#failures = 0;
      this.#open();
    }
  }

  /** Asks again for the mailboxes that were refused for want of a pass. */
  openRefused(): void {
    if (this.#state.state !== 'online') return;
    for (const [name, mailbox] of this.#mailboxes)
      if (mailbox.trouble !== undefined && mailbox.state === 'closed') this.#openOne(name, mailbox);
  }

  /** Closes and stays closed until {@link start}. */
  stop(): void {
    this.#drop();
    this.#become({ state: 'stopped' });
  }

  /** Reads a mailbox from now on, also after every reconnection; one that is spare is no trouble while it is refused. */
  openMailbox(key: Uint8Array, isSpare = false): void {
    const id = mailboxIdOf(key);
    const name = toHex(id);
    const present = this.#mailboxes.get(name);
    if (present !== undefined) {
      present.isSpare = isSpare;
      return;
    }
    const mailbox: Mailbox = {
      id,
      key,
      opening: 0,
      state: 'closed',
      isSpare,
      refusals: 0,
      trouble: undefined,
      pending: undefined,
    };
    this.#mailboxes.set(name, mailbox);
    if (this.#state.state === 'online') this.#openOne(name, mailbox);
  }

  /** Stops reading a mailbox; what was not acknowledged stays on the server. */
  closeMailbox(name: string): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox === undefined) return;
    this.#mailboxes.delete(name);
    if (mailbox.trouble !== undefined) this.#events.state(this.#state);
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

  /** Credentials for the server's relay; `undefined` where it has none, gives me none or can't be asked now. */
  turn(guest?: Uint8Array): Promise<TurnCredentials | undefined> {
    return new Promise((resolve) => {
      this.#send(
        { type: 'turn', ...shown(this.#passes.own() ?? guest) },
        { for: 'turn', answer: () => resolve(undefined), turn: resolve },
      );
    });
  }

  /** A word that stands for a mailbox which is read here; `wish` is one that was said already. */
  lendWord(mailbox: Uint8Array, wish?: number): Promise<WordAnswer> {
    return this.#askWord({ type: 'lend-word', mailbox, ...(wish === undefined ? {} : { wish }) });
  }

  /** The mailbox that a word stands for. */
  resolveWord(word: number): Promise<WordAnswer> {
    return this.#askWord({ type: 'resolve-word', word });
  }

  /** A guest pass of this server, made with a pass of its operator's. */
  mint(pass: Uint8Array): Promise<Uint8Array | Exclude<Answer, { readonly kind: 'done' }>> {
    return new Promise((resolve) => {
      const answer = (answer: Answer) => {
        if (answer.kind !== 'done') resolve(answer);
      };
      this.#send({ type: 'mint', pass }, { for: 'mint', answer, minted: resolve });
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
    this.#heardAt = this.#onlineAt = this.#clock.now();
    this.#watch(socket);
    this.#become({ state: 'online' });
    for (const [name, mailbox] of this.#mailboxes) this.#openOne(name, mailbox);
  }

  /** Opens with the first pass that was not `refused` for this mailbox, or without any. */
  #openOne(name: string, mailbox: Mailbox, refused: readonly Uint8Array[] = []): void {
    const { id, key } = mailbox;
    const opening = ++mailbox.opening;
    mailbox.state = 'opening';
    const isPresent = () => this.#mailboxes.get(name) === mailbox && mailbox.opening === opening;
    const next = () =>
      [this.#passes.own(), this.#passes.guest(name)].find((one) => one !== undefined && !tried.includes(one));
    let tried = refused;
    const pass = next();
    this.#send(
      { type: 'open', mailbox: id, key, ...shown(pass) },
      {
        for: 'open',
        opened: (waiting, retention) => {
          this.#retention = retention;
          if (!isPresent()) return;
          mailbox.state = 'open';
          mailbox.refusals = 0;
          this.#trouble(mailbox, undefined);
          this.#events.opened(name, waiting);
        },
        answer: (answer) => {
          if (answer.kind !== 'refused' || !isPresent()) return;
          mailbox.state = 'closed';
          if (answer.reason === 'pass-needed') {
            if (pass !== undefined) tried = [...refused, pass];
            // The guest's behind mine; or one that came meanwhile, when nothing was refused yet that it could be shown for.
            if (next() !== undefined) this.#openOne(name, mailbox, tried);
            else {
              this.#trouble(mailbox, this.#passes.own() === undefined ? 'missing' : 'refused');
              this.#events.shut(name);
            }
            return;
          }
          // Any other refusal is temporary (rate, busy) or a matter of quotas; either way, time is what helps.
          const wait = Math.max(answer.retryAfter, backoff(++mailbox.refusals + 1, Math.random()));
          this.#clock.after(wait, () => {
            if (this.#state.state === 'online' && isPresent()) this.#openOne(name, mailbox);
          });
        },
      },
    );
  }

  #trouble(mailbox: Mailbox, trouble: PassTrouble | undefined): void {
    if (mailbox.trouble === trouble) return;
    mailbox.trouble = trouble;
    this.#events.state(this.#state);
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
      this.#send({ type: 'ping' }, { for: 'ping', answer: () => {} });
      this.#cancelTimer = this.#clock.after(PATIENCE, () => {
        if (this.#heardAt >= asked) this.#watch(socket);
        else this.#lost(socket);
      });
    });
  }

  #lost(socket: WebSocket, code?: number): void {
    if (this.#socket !== socket) return;
    if (this.#state.state === 'online' && this.#clock.now() - this.#onlineAt >= STABLE) this.#failures = 0;
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
    this.#cancelOverdue?.();
    this.#cancelOverdue = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.onopen = socket.onclose = socket.onmessage = null;
      socket.close();
    }
    for (const mailbox of this.#mailboxes.values()) {
      mailbox.opening++;
      mailbox.state = 'closed';
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const request of waiting) request.answer({ kind: 'unsent' });
  }

  #ask(request: Extract<Request, { type: 'send' | 'live' | 'ack' | 'close' }>): Promise<Answer> {
    return new Promise((resolve) => this.#send(request, { for: request.type, answer: resolve }));
  }

  #askWord(request: Extract<Request, { type: 'lend-word' | 'resolve-word' }>): Promise<WordAnswer> {
    return new Promise((resolve) =>
      this.#send(request, {
        for: 'word',
        word: resolve,
        // Nothing but a refusal or the end of the socket comes this way: no outcome is one of asking for a word.
        answer: (answer) => resolve(answer.kind === 'done' ? { kind: 'unsent' } : answer),
      }),
    );
  }

  #send(request: Request, waiting: Waiting): void {
    if (this.#state.state !== 'online' || this.#socket === undefined) {
      waiting.answer({ kind: 'unsent' });
      return;
    }
    this.#request++;
    this.#waiting.set(this.#request, { ...waiting, since: this.#clock.now() });
    const frame = encodeClientFrame({ ...request, request: this.#request } as ClientFrame);
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
    if (this.#cancelOverdue === undefined) this.#watchOverdue(this.#socket, ANSWER_PATIENCE);
  }

  /** Gives a socket up whose oldest request waits for too long: one timer, whatever the number of requests. */
  #watchOverdue(socket: WebSocket, wait: number): void {
    this.#cancelOverdue = this.#clock.after(wait, () => {
      this.#cancelOverdue = undefined;
      const [oldest] = this.#waiting.values();
      if (oldest === undefined) return;
      const left = oldest.since + ANSWER_PATIENCE - this.#clock.now();
      if (left <= 0) this.#lost(socket);
      else this.#watchOverdue(socket, left);
    });
  }

  #heard(socket: WebSocket, data: unknown): void {
    if (this.#socket !== socket) return;
    this.#heardAt = this.#clock.now();
    try {
      // A text would be taken for a length: `new Uint8Array('2000000000')` makes room for two billion bytes.
      if (!(data instanceof ArrayBuffer)) throw new FormatError();
      this.#handle(decodeServerFrame(new Uint8Array(data)));
    } catch (error) {
      if (!(error instanceof WireError) && !(error instanceof FormatError)) throw error;
      // A server that breaks the format is of no use, but it may be replaced: come back later.
      this.#lost(socket);
    }
  }

  #handle(frame: ServerFrame): void {
    switch (frame.type) {
      case 'opened':
        this.#take(frame.request, 'open')?.opened(frame.waiting, frame.retention);
        break;
      case 'refused': {
        const { request, reason } = frame;
        const retryAfter = Math.min(frame.retryAfter, RETRY_AFTER_MAX);
        this.#take(request)?.answer({ kind: 'refused', reason, retryAfter });
        break;
      }
      case 'answers':
        for (const { first, count, outcome } of frame.runs) this.#answered(first, count, outcome);
        break;
      case 'deliver':
        this.#delivered(toHex(frame.mailbox), frame.sequence, frame.envelope);
        break;
      case 'deliver-live': {
        const name = toHex(frame.mailbox);
        if (this.#mailboxes.has(name)) this.#events.live(name, frame.envelope);
        break;
      }
      case 'taken': {
        const name = toHex(frame.mailbox);
        const mailbox = this.#mailboxes.get(name);
        if (mailbox?.state !== 'open') break;
        mailbox.opening++;
        mailbox.state = 'closed';
        this.#events.taken(name);
        break;
      }
      case 'turn-credentials':
        this.#take(frame.request, 'turn')?.turn(frame.credentials);
        break;
      case 'word-lent':
        this.#take(frame.request, 'word')?.word({ kind: 'lent', word: frame.word });
        break;
      case 'word-found':
        this.#take(frame.request, 'word')?.word({ kind: 'found', mailbox: frame.mailbox.slice() });
        break;
      case 'guest-pass':
        this.#take(frame.request, 'mint')?.minted(frame.pass.slice());
        break;
      case 'pong':
        this.#take(frame.request, 'ping');
        break;
    }
  }

  /**
   * Takes the request that an answer is for. An answer to nothing is dropped. Throws where it was another kind of
   * request, which would otherwise be forgotten with somebody waiting for it.
   */
  #take<K extends Waiting['for']>(request: number, kind?: K): Extract<Waiting, { for: K }> | undefined {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return undefined;
    if (kind !== undefined && waiting.for !== kind) throw new FormatError();
    this.#waiting.delete(request);
    return waiting as unknown as Extract<Waiting, { for: K }>;
  }

  /** Settles a run of requests, going through what waits rather than through the run: a frame may name millions. */
  #answered(first: number, count: number, outcome: Outcome): void {
    const settle = (request: number) => {
      const waiting = this.#waiting.get(request);
      if (waiting === undefined) return;
      if (!OUTCOMES_OF[waiting.for].includes(outcome)) throw new FormatError();
      this.#waiting.delete(request);
      waiting.answer({ kind: 'done', outcome });
    };
    if (count <= this.#waiting.size) for (let i = 0; i < count; i++) settle(first + i);
    else
      for (const request of [...this.#waiting.keys()])
        if (request >= first && request < first + count) settle(request);
  }

  #delivered(name: string, sequence: number, envelope: Uint8Array): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox?.state !== 'open') return;
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
        else resolve(this.#ask({ type: 'ack', mailbox: mailbox.id, sequence: upTo }));
      });
    });
    mailbox.pending = { sequence, answer };
    return answer;
  }

  #become(state: SocketState): void {
    this.#state = state;
    this.#events.state(state);
  }
}

function shown(pass: Uint8Array | undefined): { readonly pass?: Uint8Array } {
  return pass === undefined ? {} : { pass };
}
