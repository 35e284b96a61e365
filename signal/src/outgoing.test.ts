import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerFrame } from '../protocol/index.ts';
import type { Line, Sent } from './line.ts';
import { Outgoing } from './outgoing.ts';
import { Tally } from './tally.ts';
import { Tray } from './tray.ts';

/** Keeps what it was given, by write: all frames of one call. */
class WrittenLine implements Line {
  readonly writes: Uint8Array[][] = [];
  next: Sent = 'sent';

  send(frame: Uint8Array): Sent {
    return this.sendAll([frame]);
  }

  sendAll(frames: readonly Uint8Array[]): Sent {
    this.writes.push(frames.map((frame) => frame.slice()));
    return this.next;
  }

  backlog(): number {
    return 0;
  }

  end(): void {}
}

/** Sockets with one tray, as an office has them. */
function desk() {
  const tray = new Tray();
  const tally = new Tally();
  let due: Outgoing[] = [];
  const endTurn = () => {
    const now = due;
    due = [];
    for (const one of now) one.flush();
    tray.clear();
  };
  const socket = () => {
    const line = new WrittenLine();
    const events: string[] = [];
    const out: Outgoing = new Outgoing(
      line,
      {
        flushSoon: () => due.push(out),
        flushAll: endTurn,
        lineChoked: () => events.push('choked'),
        lineDropped: () => events.push('dropped'),
      },
      tally,
      tray,
    );
    return { line, out, events };
  };
  return { socket, endTurn, tally };
}

const live = (length: number, mark: number) => new Uint8Array(length).fill(mark);
const marks = (writes: readonly Uint8Array[][]) => writes.map((frames) => frames.map((frame) => frame[0]));

describe('what a socket gets in one turn', () => {
  it('leaves in one write at its end, live envelopes before answers, from memory that may be written over', () => {
    const { socket, endTurn, tally } = desk();
    const [one, other] = [socket(), socket()];
    const reused = live(200, 1);
    one.out.answer(1, 'passed');
    expect(one.out.lay(reused)).toBe(true);
    expect(other.out.lay(reused.fill(2))).toBe(true);
    expect(one.out.lay(reused.fill(3))).toBe(true);
    one.out.answer(2, 'passed');
    expect([one.line.writes, other.line.writes]).toEqual([[], []]);
    endTurn();
    expect(marks(other.line.writes)).toEqual([[2]]);
    const [[first, second, answers, ...more] = []] = one.line.writes;
    expect([first, second]).toEqual([live(200, 1), live(200, 3)]);
    expect(decodeServerFrame(answers!)).toMatchObject({ runs: [{ first: 1, count: 2, outcome: 'passed' }] });
    expect(more).toEqual([]);
    expect(tally.bytesOut).toBe(600 + answers!.length);
    endTurn();
    expect(one.line.writes).toHaveLength(1);
  });

  it('keeps its order with frames that do not wait', () => {
    const { socket, endTurn } = desk();
    const { line, out } = socket();
    out.lay(live(200, 1));
    out.put(live(100, 2));
    out.lay(live(200, 3));
    out.lay(live(20_000, 4));
    out.lay(live(200, 5));
    endTurn();
    expect(marks(line.writes)).toEqual([[1], [2], [3], [4], [5]]);
  });

  it('is everything that was taken, in order, whoever else gets something and however much it is', () => {
    const frames = fc.array(
      fc.record({ to: fc.nat({ max: 3 }), length: fc.integer({ min: 1, max: 20_000 }), waits: fc.boolean() }),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 300 }), (all, turn) => {
        const { socket, endTurn } = desk();
        const sockets = Array.from({ length: 4 }, socket);
        const expected: string[][] = sockets.map(() => []);
        for (const [n, { to, length, waits }] of all.entries()) {
          const frame = live(length, n % 251);
          if (waits) sockets[to]!.out.lay(frame);
          else sockets[to]!.out.put(frame);
          frame.fill(0xff);
          expected[to]!.push(`${n % 251} ${length}`);
          if (n % turn === 0) endTurn();
        }
        endTurn();
        const got = sockets.map(({ line }) =>
          line.writes.flat().map((frame) => `${frame.at(-1)} ${frame.length}`),
        );
        expect(got).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a client that does not keep up', () => {
  it('gets no more than a bounded part of a turn before that is noticed, and nothing live after it', () => {
    const { socket, endTurn } = desk();
    const { line, out, events } = socket();
    line.next = 'buffered';
    let taken = 0;
    for (let n = 0; n < 1000; n++) if (out.lay(live(1000, 7))) taken += 1000;
    expect(taken).toBeLessThanOrEqual(64 * 1024);
    expect(events).toEqual(['choked']);
    endTurn();
    expect(line.writes.flat()).toHaveLength(taken / 1000);
    expect(out.lookAgain()).toBe(true);
    line.next = 'sent';
    expect(out.lay(live(1000, 8))).toBe(true);
    endTurn();
    expect(line.writes.at(-1)).toEqual([live(1000, 8)]);
  });

  it('is reported when the line takes nothing more', () => {
    const { socket, endTurn } = desk();
    const { line, out, events } = socket();
    line.next = 'dropped';
    out.lay(live(10, 1));
    out.lay(live(10, 2));
    endTurn();
    expect(events).toEqual(['dropped']);
  });

  it('gets nothing that was laid down when it is over before the turn is', () => {
    const { socket, endTurn } = desk();
    const { line, out } = socket();
    out.lay(live(10, 1));
    out.answer(1, 'passed');
    out.stop();
    expect(out.lay(live(10, 2))).toBe(false);
    endTurn();
    expect(line.writes).toEqual([]);
  });
});

describe('all sockets together', () => {
  it('lay down more than there is room for: it leaves before the turn ends, nothing is lost', () => {
    const { socket, endTurn } = desk();
    const sockets = Array.from({ length: 40 }, socket);
    for (let n = 0; n < 3; n++) for (const { out } of sockets) expect(out.lay(live(16_000, n))).toBe(true);
    endTurn();
    for (const { line } of sockets) expect(line.writes.flat().map((frame) => frame[0])).toEqual([0, 1, 2]);
    for (let n = 0; n < 40_000; n++) sockets[n % 40]!.out.lay(live(1, n % 200));
    endTurn();
    for (const { line } of sockets) expect(line.writes.flat()).toHaveLength(1003);
  });
});
