import type { Swept } from '../store.ts';
import type { Fleet } from './fleet.ts';
import { ALL_MAILBOXES, COUNT_KEY, envelopesKey, type NodeName, SWEEP_KEY } from './names.ts';
import type { Link } from './redis-link.ts';
import { listOf, numberOf, textOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';

/** What a sweep needs of its store. */
export interface RedisSweep {
  readonly fleet: Fleet;
  readonly me: NodeName;
  /** Envelopes with a lower sequence are past their time. */
  readonly envelopesBefore: number;
  /** Minutes since 1970: a mailbox last read before this is forgotten. */
  readonly unreadSince: number;
  readonly minutes: number;
  readonly goOn: () => boolean;
  /** How many mailboxes there are. */
  readonly counted: (mailboxes: number) => void;
}

/** Keys that one look at a process's keys goes through. */
const SLICE = '200';

/** A sweep that died leaves the next one to others after this. Seconds. */
const ABANDONED = '900';

/** Goes through all mailboxes of all processes once. One node at a time: another one's sweep finds nothing to do. */
export async function sweepRedis(sweep: RedisSweep): Promise<Swept> {
  const { fleet, me } = sweep;
  const swept = { envelopes: 0, mailboxes: 0 };
  // By scripts, as is the count: no plain command writes where memory is full, and that is where a sweep is needed most.
  if (numberOf(await fleet.run(SCRIPTS.hold, SWEEP_KEY, me, ABANDONED)) !== 1) return swept;
  try {
    const before = numberOf(await fleet.send(COUNT_KEY, 'GET', COUNT_KEY));
    const reachesAll = fleet.ready;
    let left = 0;
    for (const link of fleet.links) left += await sweepProcess(sweep, link, swept);
    // Not set but corrected: others register meanwhile. Every count that a death lost comes right here, but for a sweep
    // that was cut short or began without one of the processes: it has not seen the rest. One that took so long that it
    // was given up is not alone: another has corrected the count meanwhile, or is about to.
    const sawAll = sweep.goOn() && reachesAll && (await isMine(sweep));
    const change = sawAll ? left - before : -swept.mailboxes;
    sweep.counted(numberOf(await fleet.run(SCRIPTS.count, COUNT_KEY, String(change))));
  } finally {
    await fleet.run(SCRIPTS.giveBack, SWEEP_KEY, me);
  }
  return swept;
}

/** Whether nobody took this sweep for one that died. */
async function isMine({ fleet, me }: RedisSweep): Promise<boolean> {
  return textOf(await fleet.send(SWEEP_KEY, 'GET', SWEEP_KEY)) === me;
}

/** Returns how many mailboxes are left there. */
async function sweepProcess(
  sweep: RedisSweep,
  link: Link,
  swept: { envelopes: number; mailboxes: number },
): Promise<number> {
  let left = 0;
  let cursor = '0';
  do {
    const [next, keys] = listOf(await link.send('SCAN', cursor, 'MATCH', ALL_MAILBOXES, 'COUNT', SLICE));
    cursor = textOf(next ?? null);
    const outcomes = await Promise.all(listOf(keys ?? null).map((key) => sweepOne(sweep, textOf(key))));
    for (const { envelopes, forgotten } of outcomes) {
      swept.envelopes += envelopes;
      if (forgotten) swept.mailboxes++;
      else left++;
    }
  } while (cursor !== '0' && sweep.goOn());
  return left;
}

async function sweepOne(
  { fleet, envelopesBefore, unreadSince, minutes }: RedisSweep,
  key: string,
): Promise<{ readonly envelopes: number; readonly forgotten: boolean }> {
  const args = [String(envelopesBefore), String(unreadSince), String(minutes)];
  const [envelopes, mailboxes] = listOf(await fleet.run(SCRIPTS.sweep, key, envelopesKey(key), ...args));
  return { envelopes: numberOf(envelopes), forgotten: numberOf(mailboxes) === 1 };
}
