/** A session's beginning, from either side of an invite: what it makes, and what it makes anew. */
import { encodeIdentity, type IdentityKeys, mailboxIdOf, randomBytes, wipeWithin } from '@aside/wasm-crypto';
import { claimOn } from './claims.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts, Working } from './contacts.ts';
import type { Content } from './content.ts';
import { follow, type Place } from './destination.ts';
import { toHex } from './encoding.ts';
import { homeFor, withGuestPass } from './guests.ts';
import { type Inbox, newOutcome, type Outcome } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import type { Passes } from './passes.ts';
import { NO_ORDER } from './placing.ts';
import { countAnew, forgetSession, replaceSession, sealAnew } from './recovery/anew.ts';
import { introduced as introducedBy, newWay } from './recovery/ways.ts';
import { freshMailbox } from './rotation.ts';
import type { Transaction } from './storage/database.ts';
import type { ContactRow, InviteRow } from './storage/rows.ts';

const NEVER = { count: 0, at: 0 };
/** Mailboxes of the session before that are read on until they use the new one. */
const READ_ON = 3;

export interface SessionOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly passes: Passes;
  /** Reads the mailboxes that a contact's row names. */
  read(contact: Contact): void;
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
  /** What the invite gave me to open mailboxes there with. */
  readonly guestPass?: Uint8Array | undefined;
  readonly rendezvous?: NonNullable<ContactRow['rendezvous']>;
  readonly reply?: { readonly key: Uint8Array; readonly server: string };
  readonly spent?: { readonly id: string; readonly row: InviteRow };
  readonly first?: Content;
  readonly stage: ContactRow['stage'];
  /** The contact that the invite was for: another identity that comes claims to be them. */
  readonly expected?: string | undefined;
}

/** The invite was withdrawn in the moment in which it was answered: nobody comes by it. */
export class InviteGone extends Error {
  override readonly name = 'InviteGone';
  readonly code = 'invite-gone';
}

/**
 * Makes a contact, or makes a known one's session anew, in one transaction: the spent invite's one-time keys go,
 * the contact and the session come, and my profile waits in the outbox. Messages without a receipt are sealed anew
 * under their old ids. Who comes with another key than the invite was for becomes a claimant (claims.ts). Throws
 * {@link InviteGone}.
 */
export async function startSession(
  options: SessionOptions,
  introduced: ContactRow['introduced'],
  peer: Contact['peer'],
  start: SessionStart,
): Promise<Contact> {
  const { contacts, outbox, inbox, clock, passes, me } = options;
  const { expected } = start;
  const known = contacts.byIdentity(peer);
  const claimed =
    known === undefined && expected !== undefined && contacts.has(expected)
      ? contacts.get(expected)
      : undefined;
  const id = known?.id ?? toHex(randomBytes(16));
  // The key that was known took the invite that was for it: nobody else is meant.
  const unmeant = known !== undefined && id === expected ? contacts.claimants(id).map((one) => one.id) : [];
  const now = clock.now();
  const { sealed, outcome } = await contacts.create(id, async (tx) => {
    const before = await tx.get('contacts', id);
    if (start.spent !== undefined && !(await isUnspent(tx, start.spent.id))) throw new InviteGone();
    const { server, guestPass } = start;
    const guestPasses =
      guestPass === undefined
        ? before?.guestPasses
        : withGuestPass(before?.guestPasses, { server, pass: guestPass });
    const own = freshMailbox(homeFor({ guestPasses }, passes, me().server, server), now);
    const row: ContactRow = {
      ...(before === undefined ? newRow(introduced, now) : carried(before)),
      ...(claimed === undefined ? {} : claimOn(claimed, contacts.claimants(claimed.id), now)),
      peer: encodeIdentity(peer),
      stage: start.stage,
      read: [own],
      agreed: [...new Set([...(before?.agreed ?? []), start.server])],
      ...(start.spent === undefined ? {} : { used: { id: shownAs(start.spent), at: now } }),
      receiptDue: false,
      ...(unmeant.length === 0 ? {} : { unmeant: [...(before?.unmeant ?? []), ...unmeant] }),
      ...(guestPasses === undefined ? {} : { guestPasses }),
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
    if (before !== undefined) {
      replaceSession(working, start.session);
      countAnew(working);
      // What they write in the session before comes where they wrote until now.
      row.read.push(...before.read.slice(0, READ_ON));
    } else {
      working.session = start.session;
      working.earlier = undefined;
    }
    if (start.write !== undefined) follow(row, start.write, inbox.agreedTo);
    const outcome: Outcome = newOutcome();
    if (start.spent !== undefined) tx.put('invites', start.spent.id, start.spent.row);
    if (start.first !== undefined) {
      await inbox.apply(tx, working, start.first, outcome);
      await inbox.retryAndForget(tx, working, outcome);
    }
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
    row.recovery = introducedBy(way, before?.recovery);
    const follows = before?.recovery.ways[0];
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
  outbox.sending.forget(id);
  const contact = contacts.get(id);
  forgetSession(contact);
  if (start.first !== undefined) inbox.settle(id, outcome);
  // Before what tells them of the mailbox: their answer may be back before a server has heard of one.
  options.read(contact);
  for (const one of sealed) outbox.committed(one);
  return contact;
}

/** What a person knows an invite of mine by: it, or the words that stood for it. */
export function shownAs({ id, row }: { readonly id: string; readonly row: InviteRow }): string {
  return row.words ?? id;
}

/** Whether an invite of mine was neither used nor withdrawn, as the disk knows. */
export async function isUnspent(tx: Transaction, id: string): Promise<boolean> {
  const stored = await tx.get('invites', id);
  wipeWithin(stored);
  return stored !== undefined && stored.state !== 'spent';
}

/** What a new contact's row begins with. */
function newRow(introduced: ContactRow['introduced'], now: number) {
  const counts = { sent: 0, confirmed: 0, received: 0, beyond: [], unread: 0, readTo: '' };
  return { name: '', introduced, since: now, direct: 'unasked', ...counts, ...NO_ORDER } as const;
}

/** What stays of a contact's row when the session is made anew. */
function carried(before: ContactRow) {
  const { name, alias, introduced, since, direct, compared, proof, proven, attached } = before;
  const { claims, unmeant, changed, keyChanges, runs, theirRuns, used } = before;
  const { sent, received, unread, readTo, clock, heard, floor, floorBefore } = before;
  return {
    ...{ name, introduced, since, direct, sent, received, unread, readTo, clock, heard, floor, floorBefore },
    ...(alias === undefined ? {} : { alias }),
    ...(used === undefined ? {} : { used }),
    ...(compared === undefined ? {} : { compared }),
    ...(proof === undefined ? {} : { proof: { ...proof, number: 0 } }),
    ...(proven === undefined ? {} : { proven }),
    ...(attached === undefined ? {} : { attached }),
    ...(claims === undefined ? {} : { claims }),
    ...(unmeant === undefined ? {} : { unmeant }),
    ...(changed === undefined ? {} : { changed }),
    ...(keyChanges === undefined ? {} : { keyChanges }),
    // Numbers of the session before are counted with the lives that gave them (`countAnew`), on either side.
    ...(runs === undefined ? {} : { runs }),
    ...(theirRuns === undefined ? {} : { theirRuns }),
    ...(before.before === undefined ? {} : { before: before.before }),
    // Their receipts of the session before are no news of what is sealed anew.
    confirmed: sent,
    beyond: [],
    begun: 0,
  };
}
