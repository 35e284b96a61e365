import { Redis } from 'ioredis';
import { Silence } from './silence.ts';

/** The only file that touches ioredis: one connection to one Redis process. */

/** What a command gives back: text and bytes as buffers. */
export type Reply = Buffer | number | null | readonly Reply[];

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How to come in, the same at every process of a cluster. */
export interface Access {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface LinkEvents {
  /** Connected anew: Redis has loaded its data and is asked nothing else until this was heard. */
  readonly connected: () => void;
  /** The connection is gone, and with it every command under way. It comes back by itself. */
  readonly gone: () => void;
  /** Something was published on a channel that this connection subscribed to. */
  readonly message: (message: Buffer) => void;
}

/** A connection that makes itself anew, but never a command: one whose answer did not come has failed. */
export interface Link {
  readonly address: Address;
  readonly connected: boolean;
  /** Bytes that are sent or about to be, for which no answer came yet. */
  readonly unanswered: number;
  /** Seconds, of those in which this process could listen, that an answer has been due and nothing came. */
  readonly silent: number;
  /** Rejects with Redis's own words, or when the connection goes. Commands of one turn leave together, in order. */
  send(command: string, ...args: readonly (string | Buffer)[]): Promise<Reply>;
  /** Resolves when messages come. It ends with the connection. */
  subscribe(channel: string): Promise<void>;
  /** Ends the connection, so that it is made anew. */
  reset(): void;
  /** Ends it for good. */
  close(): void;
}

/** A connection on which an answer is due and nothing comes is dead. Seconds. */
const MOST_SILENT = 5;

const CONNECT_MS = 2000;

/** Between two attempts to connect. Milliseconds. */
const AGAIN_MS = 250;

export function connectLink(address: Address, access: Access, events: LinkEvents): Link {
  const redis = new Redis({
    ...address,
    ...(access.tls ? { tls: { servername: address.host } } : {}),
    ...(access.username === undefined ? {} : { username: access.username }),
    ...(access.password === undefined ? {} : { password: access.password }),
    // A command that waits or is sent twice could open a mailbox long after somebody else did.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Who subscribes has to read afterwards what it missed, and so does it himself.
    autoResubscribe: false,
    connectTimeout: CONNECT_MS,
    retryStrategy: () => AGAIN_MS,
    disableClientInfo: true,
  });
  let connected = false;
  let unanswered = 0;
  let corked = false;
  // Not `disconnect`: that would wait for the other side to say goodbye.
  const reset = () => {
    redis.stream?.destroy();
  };
  const silence = new Silence(MOST_SILENT, reset);
  /** What ioredis itself asks of a new connection is due. */
  let greeting = false;
  const greeted = () => {
    if (greeting) silence.settled();
    greeting = false;
  };
  redis.on('connect', () => {
    greeting = true;
    silence.asked();
    redis.stream.on('data', () => silence.heard());
  });
  redis.on('ready', () => {
    greeted();
    connected = true;
    events.connected();
  });
  redis.on('close', () => {
    greeted();
    connected = false;
    events.gone();
  });
  // Every failure also ends in `close`, or in the command that failed.
  redis.on('error', () => {});
  redis.on('smessageBuffer', (_channel: Buffer, message: Buffer) => events.message(message));

  /** One write, and with `appendfsync always` one flush of Redis's, for all that a turn of the event loop has to say. */
  const cork = () => {
    if (corked || !connected) return;
    corked = true;
    const { stream } = redis;
    stream.cork();
    setImmediate(() => {
      corked = false;
      stream.uncork();
    });
  };

  return {
    address,
    get connected() {
      return connected;
    },
    get unanswered() {
      return unanswered;
    },
    get silent() {
      return silence.looks;
    },
    async send(command, ...args) {
      cork();
      let bytes = 0;
      for (const arg of args) bytes += arg.length;
      unanswered += bytes;
      silence.asked();
      try {
        return (await redis.callBuffer(command, ...args)) as Reply;
      } finally {
        silence.settled();
        unanswered -= bytes;
      }
    },
    async subscribe(channel) {
      silence.asked();
      await redis.ssubscribe(channel).finally(() => silence.settled());
    },
    reset,
    close: () => redis.disconnect(),
  };
}
