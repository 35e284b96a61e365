/**
 * Why the server ends a socket. The range says what to do: 4000 to 4499 try again with back-off, 4500 to 4999 never
 * (with this client, this frame, this version). Everything else (1006 above all) is the network: try again.
 */
export const CLOSE_CODES = {
  /** The server is going away; another one, or the same, is there in a moment. */
  draining: 4001,
  /**
   * The socket did not read what was sent to it. Stored envelopes are kept. It is cut off at once, since this code would wait
   * behind what it does not read: it mostly sees 1006.
   */
  'too-slow': 4002,
  /** Far more frames or bytes than the server's rate allows. */
  rate: 4003,
  /** Nothing opened and nothing said for too long. */
  idle: 4004,
  /** A frame of a known type that is not what the type asks for, or a text frame. */
  malformed: 4500,
  /** A first byte that is no client frame. */
  'unknown-type': 4501,
  /** A frame longer than MAX_FRAME_BYTES. (One over twice that may end as 1006 or 1009, without a code of ours.) */
  'too-large': 4502,
  /** The subprotocol of this version was not offered. */
  'wrong-version': 4503,
  /** A request id that is not the last one plus one. */
  'out-of-order': 4504,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;

/** Whether a client may come back by itself (with back-off) after a socket ended with this code. */
export function mayReturn(code: number): boolean {
  return code < 4500 || code > 4999;
}
