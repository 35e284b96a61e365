/**
 * Limits that client and server both know, each with its reason. The server's own limits (rates, quotas) are not
 * part of the wire: a client meets them as refusals and close codes.
 */

/** BLAKE2b-256 of the mailbox key. */
export const MAILBOX_ID_BYTES = 32;

/** The secret that lets its holder read a mailbox. */
export const MAILBOX_KEY_BYTES = 32;

/** Type (1), request (4), mailbox (32): every frame of both directions begins with these. */
export const HEADER_BYTES = 37;

/** The largest padded class is 64 KiB; 8 KiB on top leaves room for any overhead of the sealing. Bytes. */
export const MAX_ENVELOPE_BYTES = 72 * 1024;

/** Live envelopes come in 1 and 4 KiB; they are pushed to a reader that did not ask, so they stay small. Bytes. */
export const MAX_LIVE_ENVELOPE_BYTES = 16 * 1024;

/**
 * A frame up to this is read, and one that carries too large an envelope is refused by name; a longer one ends the
 * socket. Well over the largest legal frame, so that an honest client with a newer idea of sizes gets a reason.
 */
export const MAX_FRAME_BYTES = 128 * 1024;

/** Envelopes of one mailbox on their way to its reader and not acknowledged yet. Enough to fill a long fat line at 4 KiB each. */
export const READ_WINDOW_ENVELOPES = 64;

/** The same in bytes: what a slow reader can make a server hold for it. The first envelope always goes. */
export const READ_WINDOW_BYTES = 256 * 1024;

/** Requests of one socket that wait for their answer; more are refused with `rate`. Enough to keep a disk's group commit busy. */
export const MAX_UNANSWERED = 1024;

/** A pass in a frame has a length of one byte. */
export const MAX_PASS_BYTES = 255;

/** Runs in one ANSWERS frame; a server with more to say sends another frame. */
export const MAX_ANSWER_RUNS = 4096;

/** Requests in one run: its count is a u16. */
export const MAX_RUN_COUNT = 0xffff;

/** Words that a server lends, by number; which word is which is the clients' matter. A u16 with room for "none". */
export const SPOKEN_WORDS = 2048;
