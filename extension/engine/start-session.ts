/** A session's beginning, from either side of an invite: what it makes, and what it makes anew. */
import { encodeIdentity, type IdentityKeys, mailboxIdOf, randomBytes } from '@aside/wasm-crypto';
import type { Clock } from './clock.ts';
import type { Contact, Contacts, Working } from './contacts.ts';
import type { decodeContent } from './content.ts';
import { follow, type Place } from './destination.ts';
import { sameBytes, toHex } from './encoding.ts';
import { carriedWord } from './hiding.ts';
import { type Inbox, newOutcome, type Outcome } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import { beginOrder, NO_ORDER } from './placing.ts';
import { countAnew, forgetSession, replaceSession, sealAnew } from './recovery/anew.ts';
import { introduced as introducedBy, newWay } from './recovery/ways.ts';
import { freshMailbox } from './rotation.ts';
import type { Transaction } from './storage/database.ts';
import type { ContactRow, InviteRow } from './storage/rows.ts';
import { carriedTrust } from './trust.ts';

const NEVER = { count: 0, at: 0 };
/** Mailboxes of the session before that are read on until they use the new one. */
const READ_ON = 3;

export interface SessionOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly clock: Clock;
  me(): { readonly keys: IdentityKeys; readonly name: string; readonly server: string };
}

interface SessionStart {
  readonly session: Working['session'];
  /** What the handshake left to come back by. */
  readonly recovery: Uint8Array;
  /** Where they read, as far as their part of the handshake tells. */
  readonly write?: Place;
  /** The server that the person agreed to with the invite. */
  readonly server: string;
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
  const now = clock.now();
  const own = freshMailbox(me().server, now);
  const { sealed, outcome } = await contacts.create(id, async (tx) => {
    const before = await tx.get('contacts', id);
    const identity = encodeIdentity(peer);
    const same = before !== undefined && sameBytes(before.peer, identity);
    const row: ContactRow = {
      peer: identity,
      name: before?.name ?? '',
      ...(before?.alias === undefined ? {} : { alias: before.alias }),
      stage: start.stage,
      introduced: before?.introduced ?? introduced,
      since: before?.since ?? now,
      direct: carriedWord(before, same),
      read: [own],
      agreed: [...new Set([...(same ? before.agreed : []), start.server])],
      sent: before?.sent ?? 0,
      // Their receipts of the session before are no news of what is sealed anew.
      confirmed: before?.sent ?? 0,
      received: 0,
      beyond: [],
      receiptDue: false,
      unread: before?.unread ?? 0,
      readTo: before?.readTo ?? '',
      ...NO_ORDER,
      ...(before === undefined ? {} : carriedTrust(before, known?.name ?? before.name, identity, now)),
      ...(start.rendezvous === undefined ? {} : { rendezvous: start.rendezvous }),
      recovery: { ways: [], suspect: false, asked: NEVER, answered: NEVER, handled: [] },
    };
    if (start.reply !== undefined) row.read.push(start.reply);
    const working: Working = {
      id,
      row,
      session: known?.session ?? start.session,
      earlier: known?.earlier,
      quarantined: known?.quarantined ?? 0,
    };
    if (same) {
      replaceSession(working, start.session);
      countAnew(working);
      // What they write in the session before comes where they wrote until now.
      row.read.push(...before.read.slice(0, READ_ON));
    } else {
      working.session = start.session;
      working.earlier = undefined;
      beginOrder(row, false);
    }
    if (start.write !== undefined) follow(row, start.write, inbox.agreedTo);
    const outcome: Outcome = newOutcome();
    if (start.spent !== undefined) tx.put('invites', start.spent.id, start.spent.row);
    if (start.first !== undefined) await inbox.apply(tx, working, start.first, outcome);
    const way = newWay({
      secret: start.recovery,
      me: me().keys.identity,
      peer,
      servers: {
        mine: start.reply?.server ?? own.server,
        theirs: (row.write ?? row.moveTo)?.server ?? start.server,
      },
      accepted: start.reply === undefined,
      at: now,
    });
    row.recovery = introducedBy(way, same ? before.recovery : undefined);
    if (!same || row.changed !== undefined) await failForOldKey(tx, working);
    const follows = same ? before.recovery.ways[0] : undefined;
    const sealed = await sealAnew(
      tx,
      working,
      outbox,
      {
        name: me().name,
        follows: follows === undefined ? undefined : toHex(mailboxIdOf(follows.read.key)),
      },
      now,
    );
    return { working, result: { sealed, outcome } };
  });
  // Only now: had the transaction failed, what waited would wait still.
  outbox.forget(id);
  const contact = contacts.get(id);
  forgetSession(contact);
  if (start.first !== undefined) inbox.settle(id, outcome);
  for (const one of sealed) outbox.committed(one);
  return contact;
}

/** What was written for a key that is gone is not sent to another one: the person is asked. */
async function failForOldKey(tx: Transaction, { id }: Working): Promise<void> {
  for (const { row } of await tx.list('outbox', `${id}/`)) {
    const message = row.messageKey === undefined ? undefined : await tx.get('messages', row.messageKey);
    if (row.messageKey === undefined || message === undefined) continue;
    tx.put('messages', row.messageKey, { ...message, delivery: { state: 'failed', reason: 'key-changed' } });
  }
  tx.deleteAll('outbox', `${id}/`);
}
