import {
  type ClientFrame,
  MAX_ENVELOPE_BYTES,
  MAX_LIVE_ENVELOPE_BYTES,
  SPOKEN_WORDS,
} from '../protocol/index.ts';
import { LIMITS, type Limits } from '../src/limits.ts';
import type { Sent } from '../src/line.ts';
import type { Caller } from './caller.ts';
import { Door, type DoorOptions, nextTurn } from './door.ts';
import { MAILBOXES } from './mailboxes.ts';

/** So near that a short input reaches every limit. */
const NEAR: Limits = {
  ...LIMITS,
  mailboxesPerSocket: 3,
  framesPerSecond: 20,
  framesBurst: 40,
  bytesPerSecond: 1000,
  bytesBurst: 8000,
  opensPerSecond: 1,
  opensBurst: 8,
  unstoredBytes: 700,
  mailboxEnvelopes: 6,
  mailboxBytes: 1500,
  mailboxes: 4,
  accountsInMemory: 2,
  wordsPerAddress: 2,
  wordsBurst: 6,
  guestMailboxes: 2,
  chokedMs: 2000,
  firstFrameMs: 1000,
};

const PASS = 'the operator’s pass';

const SOCKETS = 3;

/** Milliseconds by which time goes on. */
const STEPS = [1, 40, 1000, 2500, 31_000, 700_000, 3_700_000, 181 * 24 * 3_600_000];

/** The longest envelopes. Bytes. */
const MOST = { send: MAX_ENVELOPE_BYTES, live: MAX_LIVE_ENVELOPE_BYTES };

const TAKES: readonly Sent[] = ['sent', 'buffered', 'buffered', 'dropped'];

/** Frames of an input: as many as reach every limit, and no more than one turn of the fuzzer has patience for. */
const MOST_STEPS = 150;

/** Reads an input byte by byte; behind its end are zeros. */
class Script {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get over(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}

/** Gives a door that nobody has come through yet. */
export type DoorMaker = (options: DoorOptions) => Door | Promise<Door>;

/**
 * Plays an input to a door: a first byte says how it is configured, and then each step is a byte (three bits of what, five of
 * how) and what belongs to it. Returns how it was for the last that spoke, in a few words; throws a Finding where the server breaks its word.
 */
export async function visit(input: Uint8Array, doorOf: DoorMaker = (how) => new Door(how)): Promise<string> {
  const script = new Script(input);
  const how = script.byte();
  const configured = { limits: NEAR, turn: (how & 1) === 1, ...((how & 2) === 2 ? { pass: PASS } : {}) };
  const door = await doorOf(configured);
  await door.settle();
  // Two of one address, so that they share its limits.
  const enter = (socket: number) => door.enter(socket === 2 ? '192.0.2.2' : '192.0.2.1');
  const callers = Array.from({ length: SOCKETS }, (_, socket) => enter(socket));
  let last = callers[0]!;
  for (let steps = 0; steps < MOST_STEPS && !script.over; steps++) {
    const step = script.byte();
    const socket = (step >> 3) % SOCKETS;
    const caller = callers[socket]!;
    switch (step & 7) {
      case 0:
        caller.receive(script.take(script.byte()));
        break;
      case 1: {
        // Any bytes, with the request that is due.
        const bytes = script.take(script.byte());
        if (bytes.length >= 5) Buffer.from(bytes.buffer).writeUInt32BE(caller.next, 1);
        caller.receive(bytes);
        break;
      }
      case 2:
      case 3:
        caller.say(frameOf(script, caller));
        break;
      case 4:
        await nextTurn();
        break;
      case 5:
        caller.takes = TAKES[step >> 6] ?? 'sent';
        if (caller.takes === 'sent') caller.session.drained();
        break;
      case 6:
        door.now += STEPS[step >> 5] ?? 0;
        door.office.lookAfter();
        break;
      default:
        if (step >> 6 === 0) door.disk.hold();
        else if (step >> 6 === 1) door.disk.release();
        else if (step >> 6 === 2) door.disk.fail();
        else if ((step & 8) === 0) door.sweep();
        else {
          door.leave(caller);
          callers[socket] = enter(socket);
        }
    }
    last = caller;
  }
  for (const caller of callers) caller.takes = caller.takes === 'dropped' ? 'dropped' : 'sent';
  for (const caller of callers) if (caller.takes === 'sent') caller.session.drained();
  await door.settle();
  const outcome = `${last.lastKind}, ${last.ended ?? 'open'}`;
  await door.close();
  return outcome;
}

/** A frame that can be read, whatever the input. */
function frameOf(script: Script, caller: Caller): Parameters<Caller['say']>[0] {
  const kind = script.byte();
  const { mailbox, key } = MAILBOXES[(kind >> 4) & 3]!;
  const extra = script.byte();
  const passes = [undefined, new TextEncoder().encode(PASS), caller.guestPass, Uint8Array.of(7, extra)];
  const pass = passes[kind >> 6];
  const types: ClientFrame['type'][] = [
    ...(['open', 'send', 'live', 'ack', 'close', 'turn', 'ping'] as const),
    ...(['lend-word', 'resolve-word', 'mint', 'send', 'open', 'ack', 'send', 'live', 'open'] as const),
  ];
  const type = types[kind & 15]!;
  switch (type) {
    case 'open':
      return { type, mailbox, key: extra === 255 ? mailbox : key, ...(pass && { pass }) };
    case 'send':
    case 'live':
      return { type, mailbox, envelope: envelopeOf(extra, MOST[type]) };
    case 'ack':
      return { type, mailbox, sequence: extra & 15 };
    case 'turn':
      return { type, ...(pass && { pass }) };
    case 'mint':
      return { type, pass: pass ?? Uint8Array.of(extra) };
    case 'lend-word':
      return { type, mailbox, ...(extra > 9 ? {} : { wish: extra }) };
    case 'resolve-word':
      return { type, word: extra % SPOKEN_WORDS };
    case 'close':
      return { type, mailbox };
    case 'ping':
      return { type };
  }
}

/** Of many sizes and few contents, so that what is the same can be told from what is not. */
function envelopeOf(extra: number, most: number): Uint8Array {
  const bytes = new Uint8Array(extra === 254 ? most : 1 + (extra >> 3) * 20);
  return bytes.fill(extra & 7);
}
