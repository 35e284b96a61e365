import { describe, expect, it } from 'vitest';
import { id, mine, NOW, theirs } from '../testing/samples.ts';
import { dayOf } from '../words/format.ts';
import { layOut } from './thread.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function shapes(rows: ReturnType<typeof layOut>): string[] {
  return rows.map((row) =>
    row.kind === 'message' ? `${row.message.from}${row.joined ? '+' : ''}` : row.kind,
  );
}

describe('a thread', () => {
  it('divides days, and joins what one person says closely', () => {
    const rows = layOut(
      [
        theirs(1, 'a', NOW - DAY),
        theirs(2, 'b', NOW - DAY + MINUTE),
        mine(3, 'c', NOW - DAY + 2 * MINUTE, { state: 'sent' }),
        theirs(4, 'd', NOW - 20 * MINUTE),
        theirs(5, 'e', NOW - 10 * MINUTE),
        theirs(6, 'f', NOW - 9 * MINUTE),
      ],
      undefined,
      dayOf,
    );
    expect(shapes(rows)).toEqual(['day', 'them', 'them+', 'me', 'day', 'them', 'them', 'them+']);
  });

  it('draws the line above the first unread, which then stands alone', () => {
    const rows = layOut([theirs(1, 'a', NOW), theirs(2, 'b', NOW)], id(1002), dayOf);
    expect(shapes(rows)).toEqual(['day', 'them', 'unread', 'them']);
  });

  it('keeps the given order where a clock was behind, with keys of their own', () => {
    const rows = layOut(
      [theirs(1, 'a', NOW), theirs(2, 'b', NOW - DAY), theirs(3, 'c', NOW)],
      undefined,
      dayOf,
    );
    expect(shapes(rows)).toEqual(['day', 'them', 'day', 'them', 'day', 'them']);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });

  it('is empty where nothing was said', () => {
    expect(layOut([], undefined, dayOf)).toEqual([]);
  });

  it('divides what one key wrote from what the next one did, also where nothing follows yet', () => {
    const messages = [theirs(1, 'a', NOW), theirs(2, 'b', NOW + 1)];
    const kinds = (changes: Parameters<typeof layOut>[3]) =>
      layOut(messages, undefined, dayOf, changes).map((row) =>
        row.kind === 'message' ? row.joined : row.kind,
      );
    expect(kinds([])).toEqual(['day', false, true]);
    expect(kinds([{ at: NOW, before: id(1002) }])).toEqual(['day', false, 'key-changed', false]);
    expect(kinds([{ at: NOW }])).toEqual(['day', false, true, 'key-changed']);
  });
});
