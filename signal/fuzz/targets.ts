/** What is fuzzed of the server (`wasm-crypto/fuzz/run.mjs` does it): what comes through its door. */
import { CLIENT_TYPES, encodeClientFrame } from '../protocol/index.ts';
import { MAILBOXES } from './mailboxes.ts';
import { visit } from './visit.ts';

const [here, there] = MAILBOXES as [(typeof MAILBOXES)[number], (typeof MAILBOXES)[number]];

/** One socket's whole frames, each as a step with any bytes. */
function script(how: number, ...frames: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([how, ...frames.flatMap((frame) => [1, frame.length, ...frame, 4])]);
}

const open = encodeClientFrame({ type: 'open', request: 1, ...here });
const send = encodeClientFrame({
  type: 'send',
  request: 1,
  mailbox: here.mailbox,
  envelope: Uint8Array.of(1, 2, 3),
});

export const signalTargets = {
  door: {
    /** A frame of any length that a byte can say, some times over. */
    maxBytes: 1500,
    seeds: [
      script(
        0,
        open,
        send,
        encodeClientFrame({ type: 'ack', request: 1, mailbox: here.mailbox, sequence: 1 }),
      ),
      script(
        1,
        open,
        encodeClientFrame({ type: 'live', request: 1, mailbox: here.mailbox, envelope: Uint8Array.of(9) }),
        encodeClientFrame({ type: 'turn', request: 1 }),
        encodeClientFrame({ type: 'lend-word', request: 1, mailbox: here.mailbox }),
        encodeClientFrame({ type: 'close', request: 1, mailbox: here.mailbox }),
      ),
      script(2, open, encodeClientFrame({ type: 'mint', request: 1, pass: Uint8Array.of(1) }), send),
      script(
        0,
        encodeClientFrame({ type: 'open', request: 1, ...there }),
        send,
        new Uint8Array(37).fill(CLIENT_TYPES.ping),
      ),
      // By steps of frames: three sockets that open, send, acknowledge, while the disk is held, fails and goes on.
      Uint8Array.of(
        0,
        2,
        0,
        0,
        10,
        0,
        0,
        4,
        18,
        1,
        9,
        4,
        2,
        3,
        1,
        7,
        18,
        1,
        17,
        4,
        135,
        4,
        18,
        1,
        25,
        4,
        10,
        3,
        1,
        4,
      ),
      // The same with passes, a guest's, and time that goes on.
      Uint8Array.of(
        3,
        2,
        64,
        0,
        4,
        2,
        73,
        0,
        4,
        2,
        128,
        0,
        18,
        144,
        0,
        4,
        2,
        5,
        0,
        70,
        166,
        199,
        4,
        2,
        1,
        9,
        207,
      ),
    ],
    run: (input: Uint8Array) => visit(input),
  },
};
