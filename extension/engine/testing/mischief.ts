/** What a hostile server can think of, by a seed: the same run again and again. */
import type { HostileServer, Put } from './hostile-server.ts';

/** A small generator: a whole number below `sides`. */
type Dice = (sides: number) => number;

function dice(seed: number): Dice {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** A bit flipped; one time in four cut short as well. */
function edited(bytes: Uint8Array, roll: Dice): Uint8Array {
  const copy = bytes.slice();
  copy[roll(copy.length)]! ^= 1 << roll(8);
  return roll(4) === 0 ? copy.subarray(0, 1 + roll(copy.length - 1)) : copy;
}

function elsewhere(server: HostileServer, { envelope }: Put, roll: Dice): Put {
  const others = server.read;
  return { mailbox: others[roll(others.length)] as string, envelope };
}

/** Drops, repeats, holds back, reorders, swaps mailboxes, edits, replays and invents envelopes, until it turns honest. */
export function mischief(server: HostileServer, seed: number): { turnHonest(): void } {
  const roll = dice(seed);
  const held: Put[] = [];
  server.fate = (put) => {
    switch (roll(7)) {
      case 0:
        return [];
      case 1:
        return [put, put];
      case 2:
        held.push(put);
        return [];
      case 3:
        return [put, ...held.splice(0)];
      case 4:
        return [elsewhere(server, put, roll), put];
      case 5:
        return [{ ...put, envelope: edited(put.envelope, roll) }];
      default: {
        const earlier = server.puts[roll(server.puts.length)] as Put;
        const invented = crypto.getRandomValues(new Uint8Array(1 + roll(9000)));
        return [earlier, { ...put, envelope: invented }, put];
      }
    }
  };
  return {
    turnHonest() {
      server.fate = (put) => [put];
      for (const put of held.splice(0)) server.deliver(put);
    },
  };
}

/** The same with live envelopes. One in three comes through as it was, for those who knock again. */
export function liveMischief(server: HostileServer, seed: number): void {
  const roll = dice(seed);
  const earlier: Put[] = [];
  server.liveFate = (put) => {
    earlier.push(put);
    switch (roll(6)) {
      case 0:
        return [];
      case 1:
        return [{ ...put, envelope: edited(put.envelope, roll) }];
      case 2:
        return [elsewhere(server, put, roll), put];
      case 3:
        return [put, put];
      case 4:
        return [earlier[roll(earlier.length)] as Put, put];
      default:
        return [{ ...put, envelope: crypto.getRandomValues(new Uint8Array(put.envelope.length)) }];
    }
  };
}
