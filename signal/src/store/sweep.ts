import { readU32 } from '../../protocol/bytes.ts';
import { MAILBOX_ID_BYTES } from '../../protocol/index.ts';
import { type MailboxName, nameOf } from '../mailbox-name.ts';
import type { Disk } from './disk.ts';
import { keysEnd, keysFrom, sequenceIn } from './keys.ts';
import type { Swept } from './store.ts';

/** What a sweep needs of its store. */
export interface Sweep {
  readonly disk: Disk;
  /** Envelopes with a lower sequence are past their time. */
  readonly envelopesBefore: number;
  /** Minutes since the epoch: a mailbox last read before this is forgotten. */
  readonly unreadSince: number;
  readonly hasReader: (mailbox: MailboxName) => boolean;
  /** Dates the mailbox's last reading to now. */
  readonly touch: (mailbox: MailboxName) => void;
  /** Removes what lies before the sequence and returns how many that were. */
  readonly remove: (mailbox: MailboxName, before: number) => number;
  readonly forget: (mailbox: MailboxName) => number;
  /** Lets others go on and waits for the disk; whether to go on afterwards. */
  readonly breathe: () => Promise<boolean>;
}

/** Mailboxes between two breaths: about a millisecond's work. */
const SLICE = 200;

/** A mailbox that is open all the time is dated again this long before it would lapse. Minutes. */
const TOUCH_AHEAD = 7 * 24 * 60;

/** Goes through all mailboxes once: one look at each one's row and its oldest envelope. */
export async function sweepMailboxes(sweep: Sweep): Promise<Swept> {
  const swept = { envelopes: 0, mailboxes: 0 };
  const end = new Uint8Array(MAILBOX_ID_BYTES + 1).fill(0xff);
  let start: Uint8Array = new Uint8Array(MAILBOX_ID_BYTES);
  for (;;) {
    const ids = sweep.disk.mailboxes.keys(start, end, SLICE);
    for (const id of ids) sweepOne(sweep, id, swept);
    const goOn = await sweep.breathe();
    if (ids.length < SLICE || !goOn) return swept;
    start = after(ids[ids.length - 1]!);
  }
}

function sweepOne(sweep: Sweep, id: Uint8Array, swept: { envelopes: number; mailboxes: number }): void {
  const mailbox = nameOf(id);
  const row = sweep.disk.mailboxes.get(id);
  const lastRead = row === undefined ? 0 : readU32(row, 0);
  if (sweep.hasReader(mailbox)) {
    if (lastRead < sweep.unreadSince + TOUCH_AHEAD) sweep.touch(mailbox);
  } else if (lastRead < sweep.unreadSince) {
    swept.envelopes += sweep.forget(mailbox);
    swept.mailboxes++;
    return;
  }
  const [oldest] = sweep.disk.envelopes.keys(keysFrom(id, 0), keysEnd(id), 1);
  if (oldest !== undefined && sequenceIn(oldest) < sweep.envelopesBefore) {
    swept.envelopes += sweep.remove(mailbox, sweep.envelopesBefore);
  }
}

/** The smallest key that is greater. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
