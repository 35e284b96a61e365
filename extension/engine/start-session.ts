/** A session's beginning, from either side of an invite: what it makes, and what it makes anew. */
import { encodeIdentity, mailboxIdOf, randomBytes } from '@aside/wasm-crypto';
import type { Clock } from './clock.ts';
import type { Contact, Contacts, Working } from './contacts.ts';
import type { Draft, decodeContent } from './content.ts';
import { sameBytes, toHex } from './encoding.ts';
import { type Inbox, newOutcome, type Outcome } from './inbox.ts';
import type { Outbox, Sealed } from './outbox.ts';
import type { ContactRow, InviteRow } from './storage/rows.ts';
import { carriedTrust } from './trust.ts';

export interface SessionOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly clock: Clock;
  me(): { readonly name: string; readonly server: string };
}

interface SessionStart {
  readonly session: Working['session'];
  readonly write: ContactRow['write'];
  readonly rendezvous?: NonNullable<ContactRow['rendezvous']>;
  readonly reply?: { readonly key: Uint8Array; readonly server: string };
  readonly spent?: { readonly id: string; readonly row: InviteRow };
  readonly first?: ReturnType<typeof decodeContent>;
  readonly stage: ContactRow['stage'];
  /** The contact that the invite was for: should it be another identity that comes, their key has changed. */
  readonly expected?: string | undefined;
}

/**
 * Makes a contact, or makes a known one's session anew, in one transaction: the spent invite's one-time keys go,
 * the contact and the session come, and my profile waits in the outbox. Messages without a receipt are sealed anew
 * under their old ids, unless the key is another one: those were not written for it, and the person is asked.
 */
export async function startSession(
  options: SessionOptions,
  introduced: ContactRow['introduced'],
  peer: Contact['peer'],
  start: SessionStart,
): Promise<Contact> {
  const { contacts, outbox, inbox, clock, me } = options;
  const { expected } = start;
  const known =
    contacts.byIdentity(peer) ??
    (expected !== undefined && contacts.has(expected) ? contacts.get(expected) : undefined);
  const id = known?.id ?? toHex(randomBytes(16));
  const own = { key: randomBytes(32), server: me().server };
  const now = clock.now();
  const { sealed, outcome } = await contacts.create(id, async (tx) => {
    const before = await tx.get('contacts', id);
    const identity = encodeIdentity(peer);
    const row: ContactRow = {
      peer: identity,
      name: before?.name ?? '',
      ...(before?.alias === undefined ? {} : { alias: before.alias }),
      stage: start.stage,
      introduced: before?.introduced ?? introduced,
      since: before?.since ?? now,
      relayOnly: before?.relayOnly ?? false,
      read: [own],
      write: start.write,
      sent: before?.sent ?? 0,
      confirmed: before?.sent ?? 0,
      received: 0,
      beyond: [],
      receiptDue: false,
      unread: before?.unread ?? 0,
      readTo: before?.readTo ?? '',
      ...(before === undefined ? {} : carriedTrust(before, known?.name ?? before.name, identity, now)),
      ...(start.rendezvous === undefined ? {} : { rendezvous: start.rendezvous }),
    };
    if (start.reply !== undefined) row.read.push({ ...start.reply, until: row.sent + 1 });
    const working: Working = { id, row, session: start.session, quarantined: known?.quarantined ?? 0 };
    const outcome: Outcome = newOutcome();
    if (start.spent !== undefined) tx.put('invites', start.spent.id, start.spent.row);
    if (start.first !== undefined) await inbox.apply(tx, working, start.first, outcome);
    const unconfirmed = (await tx.messagesAfter(id, 'me', 0)).filter(
      ({ row: { delivery } }) =>
        delivery?.state !== 'delivered' &&
        !(delivery?.state === 'failed' && delivery.reason === 'key-changed'),
    );
    tx.deleteAll('outbox', `${id}/`);
    const sealed: Sealed[] = [];
    const drafts: Draft[] = [
      {
        kind: 'profile',
        name: me().name,
        first: true,
        mailbox: { id: toHex(mailboxIdOf(own.key)), server: own.server },
      },
    ];
    const forThisKey =
      row.changed === undefined && (before === undefined || sameBytes(before.peer, identity));
    for (const { key, row: message } of unconfirmed) {
      if (!forThisKey) {
        tx.put('messages', key, { ...message, delivery: { state: 'failed', reason: 'key-changed' } });
        continue;
      }
      tx.delete('messages', key);
      drafts.push({ kind: 'text', id: message.id, text: message.text });
    }
    for (const draft of drafts) sealed.push(await outbox.seal(tx, working, draft, now));
    return { working, result: { sealed, outcome } };
  });
  // Only now: had the transaction failed, what waited would wait still.
  outbox.forget(id);
  const contact = contacts.get(id);
  if (start.first !== undefined) inbox.settle(id, outcome);
  for (const one of sealed) outbox.committed(one);
  return contact;
}
