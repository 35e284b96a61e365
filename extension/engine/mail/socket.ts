/**
 * One socket to one signal server, which comes back by itself. What it was asked is in requests.ts, what it reads in
 * mailboxes.ts. It knows nothing of contacts; what it delivers is acknowledged by whoever stored it.
 */
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  mayReturn,
  type ServerFrame,
  type TurnCredentials,
  WIRE_PATH,
  WIRE_SUBPROTOCOL,
  WireError,
} from '@aside/signal/protocol';
import type { PassTrouble } from '../../bridge/types/snapshots.ts';
import { socketAddress } from '../address.ts';
import { backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';
import { type MailboxEvents, Mailboxes, type ShownPasses, shown } from './mailboxes.ts';
import {
  type Answer,
  FormatError,
  RETRY_AFTER_MAX,
  type Request,
  Requests,
  type Waiting,
  type WordAnswer,
} from './requests.ts';

/** A connection that says nothing for so long is asked whether it is still there. */
const QUIET_BEFORE_PING = 25_000;
/** An answer to that question, and the opening of a socket, may take so long. */
const PATIENCE = 10_000;
/**
 * A request that is not answered for so long has a server that does not do its work, whatever else it says: the
 * socket is given up, and what was asked is asked again on the next one. Storing 64 KiB over a slow line takes less.
 */
const ANSWER_PATIENCE = 45_000;
/** A socket that stood for so long was a good one; one that falls at once counts as one more failure. */
const STABLE = 5000;

export type SocketState =
  | { readonly state: 'connecting' }
  | { readonly state: 'online' }
  | { readonly state: 'unreachable'; readonly retryAt: number }
  | { readonly state: 'refused' }
  | { readonly state: 'stopped' };

export interface SocketEvents extends MailboxEvents {
  state(state: SocketState): void;
}

const NO_PASSES: ShownPasses = { own: () => undefined, guest: () => undefined };

export class SignalSocket {
  readonly server: string;
  readonly #events: SocketEvents;
  readonly #clock: Clock;
  readonly #passes: ShownPasses;
  readonly #connect: (address: string, subprotocol: string) => WebSocket;
  readonly #mailboxes: Mailboxes;
  readonly #requests = new Requests();
  #socket: WebSocket | undefined;
  #state: SocketState = { state: 'stopped' };
  #failures = 0;
  #cancelTimer: () => void = () => {};
  #heardAt = 0;
  /** Since it was asked last for a sign of life; not by the clock, which may be put back meanwhile. */
  #isHeard = false;
  #onlineAt = 0;
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
    this.#mailboxes = new Mailboxes({
      events,
      clock,
      passes,
      isOnline: () => this.#state.state === 'online',
      send: (request, waiting) => this.#send(request, waiting),
      troubled: () => events.state(this.#state),
    });
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Seconds that this server keeps an envelope; known once a mailbox was opened there. */
  get retention(): number | undefined {
    return this.#mailboxes.retention;
  }

  /** Whether a mailbox is read here, or an answer waited for. */
  get isUsed(): boolean {
    return this.#mailboxes.size > 0 || this.#requests.size > 0;
  }

  /** Whether a mailbox that is missed is kept shut for want of a pass; a pass that is none tells more than none at all. */
  get passTrouble(): PassTrouble | undefined {
    return this.#mailboxes.trouble;
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
    if (this.#state.state === 'online') this.#mailboxes.openRefused();
  }

  /** Closes and stays closed until {@link start}. */
  stop(): void {
    this.#drop();
    this.#become({ state: 'stopped' });
  }

  /** Reads a mailbox from now on, also after every reconnection; one that is spare is no trouble while it is refused. */
  openMailbox(key: Uint8Array, isSpare = false): void {
    this.#mailboxes.add(key, isSpare);
  }

  /** Stops reading a mailbox; what was not acknowledged stays on the server. */
  closeMailbox(name: string): void {
    this.#mailboxes.remove(name);
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
  turn(): Promise<TurnCredentials | undefined> {
    return new Promise((resolve) => {
      this.#send(
        { type: 'turn', ...shown(this.#passes.own()) },
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
    this.#requests.begin();
    this.#heardAt = this.#onlineAt = this.#clock.now();
    this.#watch(socket);
    this.#state = { state: 'online' };
    // Before whoever hears of it sends anything that tells of one of them: the answer may be back at once.
    this.#mailboxes.openAll();
    this.#events.state(this.#state);
  }

  /** Asks a silent server for a sign of life, and gives it up where none comes. */
  #watch(socket: WebSocket): void {
    // A clock that was put back says that it was heard in the future, and would leave a dead line alone until then.
    this.#heardAt = Math.min(this.#heardAt, this.#clock.now());
    const due = this.#heardAt + QUIET_BEFORE_PING - this.#clock.now();
    this.#cancelTimer = this.#clock.after(Math.max(due, 0), () => {
      if (this.#clock.now() - this.#heardAt < QUIET_BEFORE_PING) {
        this.#watch(socket);
        return;
      }
      this.#isHeard = false;
      this.#send({ type: 'ping' }, { for: 'ping', answer: () => {} });
      this.#cancelTimer = this.#clock.after(PATIENCE, () => {
        if (this.#isHeard) this.#watch(socket);
        else this.#lost(socket);
      });
    });
  }

  #lost(socket: WebSocket, code?: number): void {
    if (this.#socket !== socket) return;
    // Also by a clock that was put back meanwhile.
    const stood = this.#state.state === 'online' ? Math.abs(this.#clock.now() - this.#onlineAt) : 0;
    if (stood >= STABLE) this.#failures = 0;
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
    this.#mailboxes.shutAll();
    this.#requests.end();
  }

  #ask(request: Extract<Request, { type: 'send' | 'live' }>): Promise<Answer> {
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
    const number = this.#requests.add(waiting, this.#clock.now());
    const frame = encodeClientFrame({ ...request, request: number } as ClientFrame);
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
    if (this.#cancelOverdue === undefined) this.#watchOverdue(this.#socket, ANSWER_PATIENCE);
  }

  /** Gives a socket up whose oldest request waits for too long: one timer, whatever the number of requests. */
  #watchOverdue(socket: WebSocket, wait: number): void {
    this.#cancelOverdue = this.#clock.after(wait, () => {
      this.#cancelOverdue = undefined;
      const { oldest } = this.#requests;
      if (oldest === undefined) return;
      const left = oldest + ANSWER_PATIENCE - this.#clock.now();
      // More than that is left of nothing: the clock was put back, and no word of it is worth anything.
      if (left <= 0 || left > ANSWER_PATIENCE) this.#lost(socket);
      else this.#watchOverdue(socket, left);
    });
  }

  #heard(socket: WebSocket, data: unknown): void {
    if (this.#socket !== socket) return;
    this.#heardAt = this.#clock.now();
    this.#isHeard = true;
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
        this.#requests.take(frame.request, 'open')?.opened(frame.waiting, frame.retention);
        break;
      case 'refused': {
        const { request, reason } = frame;
        const retryAfter = Math.min(frame.retryAfter, RETRY_AFTER_MAX);
        this.#requests.take(request)?.answer({ kind: 'refused', reason, retryAfter });
        break;
      }
      case 'answers':
        for (const { first, count, outcome } of frame.runs) this.#requests.answered(first, count, outcome);
        break;
      case 'deliver':
        this.#mailboxes.delivered(toHex(frame.mailbox), frame.sequence, frame.envelope);
        break;
      case 'deliver-live':
        this.#mailboxes.live(toHex(frame.mailbox), frame.envelope);
        break;
      case 'taken':
        this.#mailboxes.taken(toHex(frame.mailbox));
        break;
      case 'turn-credentials':
        this.#requests.take(frame.request, 'turn')?.turn(frame.credentials);
        break;
      case 'word-lent':
        this.#requests.take(frame.request, 'word')?.word({ kind: 'lent', word: frame.word });
        break;
      case 'word-found':
        this.#requests.take(frame.request, 'word')?.word({ kind: 'found', mailbox: frame.mailbox.slice() });
        break;
      case 'guest-pass':
        this.#requests.take(frame.request, 'mint')?.minted(frame.pass.slice());
        break;
      case 'pong':
        this.#requests.take(frame.request, 'ping');
        break;
    }
  }

  #become(state: SocketState): void {
    this.#state = state;
    this.#events.state(state);
  }
}
