/**
 * WebSocket clients that cost next to nothing, for a load generator that must not be the bottleneck: TCP sockets, frames
 * made by hand, what comes in walked over in one shared buffer and not copied.
 */
import { connect } from 'node:net';

const BINARY = 2;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** Every socket reads into this one: it is looked at before the next read. */
const shared = Buffer.allocUnsafe(256 * 1024);

/** A mask of zeros is a mask, and leaves the bytes as they are. */
const MASKED = 0x80;

/**
 * Bytes of a client's WebSocket frame before its payload.
 *
 * @param {number} length of the payload, up to 65,535
 */
export const headerLength = (length) => (length < 126 ? 6 : 8);

/**
 * Writes a frame of a client at `at` and returns where it ends.
 *
 * @param {Buffer} into
 * @param {number} at
 * @param {Uint8Array} payload at most 65,535 bytes
 * @param {boolean} [text]
 */
export function writeFrame(into, at, payload, text = false) {
  into[at] = 0x80 | (text ? TEXT : BINARY);
  if (payload.length < 126) {
    into[at + 1] = MASKED | payload.length;
  } else {
    into[at + 1] = MASKED | 126;
    into.writeUInt16BE(payload.length, at + 2);
  }
  const start = at + headerLength(payload.length);
  into.fill(0, start - 4, start);
  into.set(payload, start);
  return start + payload.length;
}

/** @param {Uint8Array} payload */
export function frameOf(payload) {
  const frame = Buffer.alloc(headerLength(payload.length) + payload.length);
  writeFrame(frame, 0, payload);
  return frame;
}

/** A client of a WebSocket server on this machine. */
export class Client {
  /** Frames that came. */
  frames = 0;
  /** @type {Error | undefined} */
  failed;
  /** @type {import('node:net').Socket} */
  socket;
  #upgraded = false;
  /** The beginning of a frame whose end has not come. */
  #rest = Buffer.alloc(0);
  #onFrame;

  /**
   * @param {object} options
   * @param {number} options.port
   * @param {string} options.path
   * @param {string} [options.subprotocol]
   * @param {string} [options.address] the client's address, as a proxy would say it
   * @param {string} [options.from] the address that it comes from, one of loopback's
   * @param {(payload: Buffer) => void} [options.onFrame] the payload is valid during the call
   */
  constructor({ port, path, subprotocol, address, from, onFrame = () => {} }) {
    this.#onFrame = onFrame;
    let ready = () => {};
    /** @type {(error: Error) => void} */
    let refused = () => {};
    this.socket = connect({
      port,
      host: '127.0.0.1',
      ...(from === undefined ? {} : { localAddress: from }),
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length) => {
          this.#take(shared.subarray(0, length), ready, refused);
          return true;
        },
      },
    });
    /** @type {Promise<void>} */
    this.ready = new Promise((resolve, reject) => {
      ready = resolve;
      refused = reject;
      this.socket.once('error', (error) => {
        this.failed ??= error;
        reject(error);
      });
      this.socket.once('close', () => {
        this.failed ??= new Error('the server ended a socket');
        reject(this.failed);
      });
    });
    this.ready.catch(() => {});
    const lines = [
      `GET ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==',
      ...(subprotocol ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []),
      ...(address ? [`X-Forwarded-For: ${address}`] : []),
    ];
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /**
   * Sends frames. Returns whether the bytes are still needed, which is when the system did not take them all at once.
   *
   * @param {Buffer} frames
   */
  write(frames) {
    this.socket.write(frames);
    return this.socket.writableLength > 0;
  }

  end() {
    this.failed = new Error('over');
    this.socket.destroy();
  }

  /**
   * @param {Buffer} chunk
   * @param {() => void} ready
   * @param {(error: Error) => void} refused
   */
  #take(chunk, ready, refused) {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (!this.#upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) {
        this.#rest = Buffer.from(bytes);
        return;
      }
      const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
      if (!status.includes(' 101 ')) {
        refused(new Error(`refused: ${status}`));
        this.socket.destroy();
        return;
      }
      this.#upgraded = true;
      bytes = bytes.subarray(end + 4);
      ready();
    }
    const at = this.#walk(bytes);
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : NOTHING;
  }

  /** Goes over whole frames, and returns where the first that is not whole begins. @param {Buffer} bytes */
  #walk(bytes) {
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      let length = short;
      if (short === 126) {
        start = at + 4;
        if (bytes.length < start) break;
        length = bytes.readUInt16BE(at + 2);
      } else if (short === 127) {
        start = at + 10;
        if (bytes.length < start) break;
        length = bytes.readUInt32BE(at + 6);
      }
      if (bytes.length < start + length) break;
      this.#frame((bytes[at] ?? 0) & 0xf, bytes.subarray(start, start + length));
      at = start + length;
    }
    return at;
  }

  /** @param {number} kind @param {Buffer} payload */
  #frame(kind, payload) {
    if (kind === CLOSE) {
      this.failed = new Error(`closed with ${payload.length >= 2 ? payload.readUInt16BE(0) : 'no code'}`);
    } else if (kind === PING) {
      const pong = Buffer.from([0x8a, MASKED | payload.length, 0, 0, 0, 0]);
      this.socket.write(Buffer.concat([pong, payload]));
    } else {
      this.frames++;
      this.#onFrame(payload);
    }
  }
}

const NOTHING = Buffer.alloc(0);
