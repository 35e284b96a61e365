/**
 * One socket per server, whoever needs it: the mailboxes that I read decide which sockets stand, and a server that
 * I only write to gets one too. Those that nothing needs any more are closed (PROTOCOL 8: one socket per server).
 */
import type { TurnCredentials } from '@aside/signal/protocol';
import { BridgeError } from '../../bridge/types/errors.ts';
import type { PassTrouble } from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import type { ShownPasses } from './mailboxes.ts';
import { SignalSocket, type SocketEvents, type SocketState } from './socket.ts';

/** How long making an invite waits for a server whose guests need a pass, and how often it looks. Milliseconds. */
const GUEST_PASS_PATIENCE = 5000;
const LOOK_AGAIN = 250;

/** What is shown to servers that ask for a pass. */
export interface ShownTo {
  /** My own. */
  own(server: string): Uint8Array | undefined;
  /** The guest pass of the contact for whom a mailbox is read. Ids are hexadecimal. */
  guest(server: string, mailbox: string): Uint8Array | undefined;
}

const NO_PASSES: ShownTo = { own: () => undefined, guest: () => undefined };

export interface MailEvents extends Omit<SocketEvents, 'state'> {
  state(server: string, state: SocketState): void;
}

export class Sockets {
  readonly #events: MailEvents;
  readonly #clock: Clock;
  readonly #passes: ShownTo;
  readonly #connect: ((address: string, subprotocol: string) => WebSocket) | undefined;
  readonly #sockets = new Map<string, SignalSocket>();
  /** Who is told when a server cannot be reached, by server. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #turn = new Map<string, { readonly credentials: TurnCredentials; readonly until: number }>();

  constructor(
    events: MailEvents,
    clock: Clock,
    connect?: (address: string, subprotocol: string) => WebSocket,
    passes: ShownTo = NO_PASSES,
  ) {
    this.#passes = passes;
    this.#events = events;
    this.#clock = clock;
    this.#connect = connect;
  }

  #paused = false;

  /** The socket of a server, on its way at least (unless another browser has the mailboxes). */
  to(server: string): SignalSocket {
    let socket = this.#sockets.get(server);
    if (socket === undefined) {
      const { opened, envelope, live, taken, shut, state } = this.#events;
      let wasOnline = false;
      const passes: ShownPasses = {
        own: () => this.#passes.own(server),
        guest: (mailbox) => this.#passes.guest(server, mailbox),
      };
      socket = new SignalSocket(
        server,
        {
          opened,
          envelope,
          live,
          taken,
          shut,
          state: (now) => {
            state(server, now);
            // A connection that falls is no try that failed: the next one tells whether the server is away.
            if (now.state === 'refused' || (now.state === 'unreachable' && !wasOnline)) this.#isAway(server);
            wasOnline = now.state === 'online';
          },
        },
        this.#clock,
        this.#connect,
        passes,
      );
      this.#sockets.set(server, socket);
      if (!this.#paused) socket.start();
    }
    return socket;
  }

  /** Somebody waits for a server: a try that was due later is made now. */
  hurry(server: string): void {
    const socket = this.to(server);
    if (socket.state.state === 'unreachable' || socket.state.state === 'refused') socket.retry();
  }

  stateOf(server: string): SocketState {
    return this.#sockets.get(server)?.state ?? { state: 'stopped' };
  }

  /**
   * Calls back once a server is known to be away, which whoever waits for it need not wait longer for: a try to reach it
   * failed (one that was due later is made now), or `patience` is over. Returns how to wait no more.
   */
  whenAway(server: string, patience: number, call: () => void): () => void {
    const waiting = this.#waiting.get(server) ?? new Set();
    this.#waiting.set(server, waiting.add(call));
    const cancelTimer = this.#clock.after(patience, call);
    this.hurry(server);
    return () => {
      cancelTimer();
      waiting.delete(call);
      if (waiting.size === 0) this.#waiting.delete(server);
    };
  }

  #isAway(server: string): void {
    for (const call of [...(this.#waiting.get(server) ?? [])]) call();
  }

  /** Whether a server keeps a mailbox shut for want of a pass. */
  passTrouble(server: string): PassTrouble | undefined {
    return this.#sockets.get(server)?.passTrouble;
  }

  /** There may be a pass for a server that was none before: what it refused is asked for again. */
  passChanged(server: string): void {
    this.#sockets.get(server)?.openRefused();
  }

  /** Seconds that a server keeps an envelope, once it has said so. */
  retentionOf(server: string): number | undefined {
    return this.#sockets.get(server)?.retention;
  }

  /** Relay credentials of a server, asked for once in half their time to live. */
  async turn(server: string): Promise<TurnCredentials | undefined> {
    const known = this.#turn.get(server);
    const left = (known?.until ?? 0) - this.#clock.now();
    // More than that is left of nothing: the clock was put back, and the server's was not.
    if (known !== undefined && left > 0 && left <= halfOf(known.credentials)) return known.credentials;
    const credentials = await this.to(server).turn();
    if (credentials !== undefined) {
      this.#turn.set(server, { credentials, until: this.#clock.now() + halfOf(credentials) });
    }
    return credentials;
  }

  /**
   * A guest pass for whom I invite to a server; nothing where I have no pass of its operator's, or it asks for none. Throws
   * `server-away`, and `server-pass-refused` where my pass is none any more.
   */
  async guestPass(server: string): Promise<Uint8Array | undefined> {
    const pass = this.#passes.own(server);
    if (pass === undefined) return undefined;
    for (let waited = 0; waited <= GUEST_PASS_PATIENCE; waited += LOOK_AGAIN) {
      const minted = await this.to(server).mint(pass);
      if (minted instanceof Uint8Array) return minted;
      if (minted.kind === 'refused') {
        if (minted.reason === 'no-passes') return undefined;
        if (minted.reason === 'pass-needed') throw new BridgeError('server-pass-refused');
      }
      await new Promise<void>((resolve) => this.#clock.after(LOOK_AGAIN, resolve));
    }
    throw new BridgeError('server-away');
  }

  /**
   * Closes the sockets to servers that nothing needs: no mailbox is read there, no answer is waited for, and `needs` does
   * not name them. The next who needs one gets a new one.
   */
  keepOnly(needs: ReadonlySet<string>): void {
    for (const [server, socket] of this.#sockets) {
      if (socket.isUsed || needs.has(server)) continue;
      this.#sockets.delete(server);
      this.#turn.delete(server);
      socket.stop();
    }
  }

  /** Tries every unreachable server now, and what was refused for want of a pass (the person asked, or the network came back). */
  retry(): void {
    for (const socket of this.#sockets.values()) socket.retry();
  }

  /** Stops all, for another browser has the mailboxes; {@link resume} takes them back. */
  pause(): void {
    this.#paused = true;
    for (const socket of this.#sockets.values()) socket.stop();
  }

  resume(): void {
    this.#paused = false;
    for (const socket of this.#sockets.values()) socket.start();
  }

  stop(): void {
    this.pause();
    this.#sockets.clear();
    this.#turn.clear();
  }
}

/** Half of their time to live. Milliseconds. */
function halfOf({ ttl }: TurnCredentials): number {
  return ttl * 500;
}
