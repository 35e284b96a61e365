import uws, { type HttpRequest, type HttpResponse, type WebSocket } from 'uWebSockets.js';
import {
  CLOSE_CODES,
  type CloseReason,
  MAX_FRAME_BYTES,
  WIRE_PATH,
  WIRE_SUBPROTOCOL,
} from '../protocol/index.ts';
import { addressGroup } from './address-book.ts';
import type { TrustedProxies } from './client-address.ts';
import { SignalError } from './error.ts';
import type { Limits } from './limits.ts';
import type { Line, Sent } from './line.ts';
import type { Office } from './office.ts';
import type { Page } from './pages.ts';
import { findFreePort, requireNobodyListens } from './ports.ts';
import type { Session } from './session.ts';
import type { TurnedAway } from './tally.ts';

/** The only file that touches uWebSockets.js: turns its sockets into lines and its requests into pages. */

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly office: Office;
  readonly limits: Limits;
  readonly proxies: TrustedProxies;
  readonly pageAt: (path: string) => Page;
}

export interface Listening {
  readonly port: number;
  /** Ends every connection and listens no more. */
  close(): void;
}

/** What a socket carries. A socket of another version never becomes a session. */
interface Attached {
  readonly address: string;
  readonly version: 'ours' | 'another';
  session?: Session;
}

/** uWebSockets.js closes without a word over its limit: ours lies below, so that most offenders get a code. */
const HARD_FRAME_LIMIT = 2 * MAX_FRAME_BYTES;

/** uWebSockets.js's answers to `send`. */
const SENT = 1;
const DROPPED = 2;

/** Listens. Rejects with SignalError `cannot-listen`. */
export async function listen(options: ServerOptions): Promise<Listening> {
  const port = options.port === 0 ? await findFreePort(options.host) : options.port;
  if (options.port !== 0) await requireNobodyListens(options.host, port);
  const { office, limits } = options;
  const app = uws.App();
  app.ws<Attached>(WIRE_PATH, {
    maxPayloadLength: HARD_FRAME_LIMIT,
    maxBackpressure: limits.backPressureBytes,
    idleTimeout: limits.idleSeconds,
    sendPingsAutomatically: true,
    compression: uws.DISABLED,
    upgrade: (response, request, context) => {
      const offered = request
        .getHeader('sec-websocket-protocol')
        .split(',')
        .map((name) => name.trim());
      const ours = offered.includes(WIRE_SUBPROTOCOL);
      const address = clientGroup(response, request, options.proxies);
      const admitted = office.admit(address);
      if (admitted !== 'welcome') {
        refuse(response, admitted);
        return;
      }
      // A browser fails a socket whose subprotocol it did not offer: echo one of its own, then say what is wrong.
      const chosen = ours ? WIRE_SUBPROTOCOL : (offered[0] ?? '');
      const attached: Attached = { address, version: ours ? 'ours' : 'another' };
      const key = request.getHeader('sec-websocket-key');
      response.upgrade(attached, key, chosen, request.getHeader('sec-websocket-extensions'), context);
    },
    open: (socket) => {
      const attached = socket.getUserData();
      if (attached.version === 'another') {
        socket.end(CLOSE_CODES['wrong-version'], 'wrong-version');
        return;
      }
      attached.session = office.connect(new SocketLine(socket), attached.address);
    },
    message: (socket, message, isBinary) => {
      const { session } = socket.getUserData();
      if (isBinary) session?.receive(new Uint8Array(message));
      else session?.end('malformed');
    },
    ping: (socket, message) => socket.getUserData().session?.signOfLife(message.byteLength),
    pong: (socket, message) => socket.getUserData().session?.signOfLife(message.byteLength),
    drain: (socket) => {
      // In a turn of its own: when a `send` inside of this handler is buffered again, version 3.0.6 forgets to wait
      // for the socket, and neither the rest nor another `drain` ever comes.
      const { session } = socket.getUserData();
      setImmediate(() => session?.drained());
    },
    close: (socket) => {
      const { session, address } = socket.getUserData();
      if (session === undefined) office.dismiss(address);
      else office.disconnect(session);
    },
  });
  app.any('/*', (response, request) => {
    const method = request.getMethod();
    // Every other method gets what every other path gets, and no second request on this connection.
    const page = options.pageAt(method === 'get' || method === 'head' ? request.getUrl() : '');
    const admitted = office.admitRequest(clientGroup(response, request, options.proxies));
    if (admitted === 'welcome' || page.always) answer(response, page, method);
    else refuse(response, admitted);
  });
  return new Promise((resolve, reject) => {
    app.listen(options.host, port, (socket) => {
      if (socket === false) {
        reject(new SignalError('cannot-listen', `cannot listen at ${options.host} port ${port}`));
        return;
      }
      resolve({ port, close: () => app.close() });
    });
  });
}

/** A socket of uWebSockets.js as a line. */
class SocketLine implements Line {
  readonly #socket: WebSocket<Attached>;

  constructor(socket: WebSocket<Attached>) {
    this.#socket = socket;
  }

  send(frame: Uint8Array): Sent {
    switch (this.#socket.send(frame, true)) {
      case SENT:
        return 'sent';
      case DROPPED:
        return 'dropped';
      default:
        return 'buffered';
    }
  }

  sendAll(frames: readonly Uint8Array[]): Sent {
    let sent: Sent = 'sent';
    this.#socket.cork(() => {
      for (const frame of frames) {
        sent = this.send(frame);
        if (sent === 'dropped') return;
      }
    });
    // Inside of a cork everything is `sent`: what the system did not take shows only now.
    return sent === 'sent' && this.#socket.getBufferedAmount() > 0 ? 'buffered' : sent;
  }

  backlog(): number {
    return this.#socket.getBufferedAmount();
  }

  end(reason: CloseReason): void {
    // What it does not read would go before the code, and wait in our memory, uncounted, until it does.
    if (reason === 'too-slow' || this.backlog() > 0) this.#socket.close();
    else this.#socket.end(CLOSE_CODES[reason], reason);
  }
}

/** The group of addresses that the limits of this connection count for. */
function clientGroup(response: HttpResponse, request: HttpRequest, proxies: TrustedProxies): string {
  const remote = Buffer.from(response.getRemoteAddressAsText()).toString();
  return addressGroup(proxies.clientOf(addressText(remote), forwardedFor(request)));
}

/**
 * All lines of the header as one (RFC 9110, section 5.3): some proxies add a line of their own behind the client's, and
 * `getHeader` gives the first.
 */
function forwardedFor(request: HttpRequest): string {
  const lines: string[] = [];
  request.forEach((name, value) => {
    if (name === 'x-forwarded-for') lines.push(value);
  });
  return lines.join(',');
}

/** IPv4 inside IPv6 as IPv4, so that proxies can be named in the usual way. */
function addressText(remote: string): string {
  const group = addressGroup(remote);
  return group.includes('/') ? remote : group;
}

/** Instead of an upgrade or a page. No second request on this connection. */
function refuse(response: HttpResponse, why: TurnedAway): void {
  const status = why === 'draining' ? '503 Service Unavailable' : '429 Too Many Requests';
  response.cork(() => {
    response.writeStatus(status).writeHeader('Retry-After', '5').end(why, true);
  });
}

function answer(response: HttpResponse, page: Page, method: string): void {
  response.cork(() => {
    response.writeStatus(page.status);
    for (const [name, value] of page.headers) response.writeHeader(name, value);
    if (method === 'head') {
      // Never endWithoutBody(length): version 3.0.6 then takes the request for unanswered and ends the process.
      response.writeHeader('Content-Length', String(Buffer.byteLength(page.body)));
      response.endWithoutBody();
    } else {
      response.end(page.body, method !== 'get');
    }
  });
}
