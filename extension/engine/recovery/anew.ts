/**
 * A session made anew with somebody whom one knows, by an invite or by recovery: what becomes of the one before, of
 * the numbers, and of what has no receipt (PROTOCOL 6, SPEC 12.7). All of it inside the caller's transaction.
 */
import { newLiveWindow, type Session, sessionHeard } from '@aside/wasm-crypto';
import { type Contact, NO_HOLD, type Working } from '../contacts.ts';
import type { Outbox } from '../outbox.ts';
import { beginOrder } from '../placing.ts';
import { profileFor } from '../rotation.ts';
import type { Sealed } from '../sealing.ts';
import type { Transaction } from '../storage/database.ts';

/** The present session becomes the earlier one, unless it never opened anything and the one before it did. */
export function replaceSession(working: Working, session: Session): void {
  const { session: present, earlier, row } = working;
  const keeps = earlier !== undefined && !sessionHeard(present);
  working.earlier = { session: keeps ? earlier.session : present };
  if (!keeps) row.floorBefore = row.floor;
  working.session = session;
  beginOrder(row, true);
}

/** Their numbers are counted from their first word in the new session; what they sealed before it is known by its id. */
export function countAnew({ row }: Working): void {
  const { before, received, theirRuns } = row;
  if (before === undefined || before.told) {
    const runs = theirRuns === undefined ? {} : { runs: theirRuns };
    row.before = { seen: received, told: false, ...runs };
  }
  row.received = 0;
  // Theirs of the new session comes after what they attached and told of themselves before, whatever its number.
  if (row.proof !== undefined) row.proof = { ...row.proof, number: 0 };
  delete row.profile;
  delete row.follows;
  delete row.theirRuns;
  row.beyond = [];
}

/**
 * My first word in a new session, and behind it everything without a receipt, sealed anew under its old id. The
 * outbox forgets what it held (`Sending.forget`) and takes this over once the transaction has committed.
 */
export async function sealAnew(
  tx: Transaction,
  working: Working,
  outbox: Outbox,
  greeting: { readonly name: string; readonly follows?: string | undefined },
  now: number,
): Promise<Sealed[]> {
  const { id, row } = working;
  const unconfirmed = (await tx.list('outbox', `${id}/`)).flatMap(({ row: { messageKey } }) =>
    messageKey === undefined ? [] : [messageKey],
  );
  tx.deleteAll('outbox', `${id}/`);
  // Whatever they confirm from now on has a number of this session.
  row.confirmed = row.sent;
  const { name, follows } = greeting;
  const profile = profileFor(row, name, true);
  if (profile === undefined) throw new RangeError('a contact without a mailbox');
  const greet = { ...profile, ...(follows === undefined ? {} : { follows }) };
  const sealed = [await outbox.seal(tx, working, greet, now)];
  if (row.attached !== undefined)
    sealed.push(await outbox.seal(tx, working, { kind: 'proof', text: row.attached.text }, now));
  for (const key of unconfirmed) {
    const message = await tx.get('messages', key);
    if (message !== undefined) sealed.push(outbox.sealAgain(tx, working, key, message));
  }
  return sealed;
}

/** What memory holds of a contact beside its rows and belongs to the session that was. */
export function forgetSession(contact: Contact): void {
  contact.hold = NO_HOLD;
  contact.liveWindow = newLiveWindow();
}
