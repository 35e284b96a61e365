/**
 * Who learns my network address by being connected to me directly: one setting for everybody, and what the person has
 * said about each contact. Everybody else is reached through a relay, or by mailbox where there is none.
 */
import type { AddressView, Settings } from '../bridge/types/snapshots.ts';
import type { ContactRow } from './storage/rows.ts';

/** Whether a contact gets to see my address, and whose word that is. */
export function addressView(direct: Settings['direct'], contact: ContactRow['direct']): AddressView {
  if (direct === 'nobody') return 'hidden-from-all';
  if (contact === 'never') return 'hidden';
  return contact === 'unasked' && direct === 'accepted' ? 'until-accepted' : 'shown';
}

/**
 * The person writes to a contact or has compared keys with them, and so accepts them. Accepting an invite is not that
 * yet: whoever sent it may be a stranger.
 */
export function accept(row: Pick<ContactRow, 'direct'>): void {
  if (row.direct === 'unasked') row.direct = 'yes';
}

/** What remains of a person's word when a contact's session is made anew, perhaps under another key. */
export function carriedWord(before: ContactRow | undefined, sameKey: boolean): ContactRow['direct'] {
  if (before === undefined) return 'unasked';
  return before.direct === 'yes' && !sameKey ? 'unasked' : before.direct;
}
