import type { GuestRight } from '../store.ts';
import type { Fleet } from './fleet.ts';
import { guestKey } from './names.ts';
import { numberOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';

/** What a pass opened is kept for so much longer than the pass, or a clock that is behind Redis's would begin anew. Seconds. */
const CLOCKS_DIFFER = 3600;

/**
 * Counts an unknown mailbox, before it is opened, against a guest's right; whether that reaches. Where nothing may be
 * registered (`may`), it only looks.
 *
 * Pass and mailbox lie in different slots of a cluster, which no script spans. So the mailbox is counted first, and only
 * once: a death between the two costs nothing when it is opened again, and nothing is ever open that is not counted.
 */
export async function takeFromGuest(
  fleet: Pick<Fleet, 'run'>,
  { pass, use, mailboxes, until }: GuestRight,
  may: boolean,
): Promise<boolean> {
  const args = [String(mailboxes), String(until + CLOCKS_DIFFER), may ? '1' : '0'];
  return numberOf(await fleet.run(SCRIPTS.guest, guestKey(pass), Buffer.from(use), ...args)) === 1;
}
