/** What views see of everything but the messages: the rows and states of the moment, put into the bridge's words. */
import { moon } from '@aside/wasm-crypto';
import { PREVIEW_CHARACTERS } from '../bridge/types/bounds.ts';
import type {
  AppSnapshot,
  BackupView,
  ConnectionView,
  ContactView,
  LockView,
  ProposedInvite,
  ServerView,
} from '../bridge/types/snapshots.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Drafts } from './drafts.ts';
import { addressView } from './hiding.ts';
import type { Invites } from './invites.ts';
import type { Live } from './live.ts';
import type { Sockets } from './mail/sockets.ts';
import type { Me } from './profile.ts';
import { proofView } from './proof.ts';
import type { SpokenOffer } from './spoken/offer.ts';
import type { MessageRow } from './storage/rows.ts';
import { safetyView, trustView } from './trust.ts';

/** What the snapshot of a running engine is made of. */
export interface Shown {
  readonly me: Me;
  readonly contacts: Contacts;
  readonly drafts: Drafts;
  readonly invites: Invites;
  readonly live: Live;
  readonly sockets: Sockets;
  readonly spoken: { readonly offer: SpokenOffer };
  readonly proposed: ProposedInvite | undefined;
  readonly elsewhere: boolean;
  readonly lock: LockView;
  readonly backups: { readonly view: BackupView };
  readonly updating: boolean;
}

export function readySnapshot(shown: Shown): AppSnapshot {
  const { me, backups, contacts, invites, lock, spoken, proposed, updating } = shown;
  const shownSpoken = spoken.offer.view();
  return {
    phase: 'ready',
    me: { moon: moon(me.identity) },
    settings: me.settings,
    server: serverView(shown),
    contacts: contacts
      .people()
      .map((contact) => contactView(contact, shown))
      .sort((a, b) => (b.last?.at ?? b.since) - (a.last?.at ?? a.since)),
    invites: invites.views(),
    ...(shownSpoken === undefined ? {} : { spoken: shownSpoken }),
    // A key that is undecided about stands with the contact whom it claims to be.
    taken: invites
      .taken()
      .filter(({ contactId }) => contacts.has(contactId))
      .map(({ id, contactId }) => ({ id, contactId: contacts.person(contacts.get(contactId)).id })),
    lock,
    backup: backups.view,
    updating,
    ...(proposed === undefined ? {} : { proposed }),
  };
}

function contactView(contact: Contact, { me, contacts, drafts, live, sockets }: Shown): ContactView {
  const { row } = contact;
  const claimant = contacts.claimants(contact.id).at(-1);
  // What is compared and decided about is the key that came.
  const keyed = claimant ?? contact;
  const last = contacts.partsOf(contact.id).findLast((part) => part.last !== undefined)?.last?.row;
  const draft = drafts.of(contact.id).slice(0, PREVIEW_CHARACTERS);
  return {
    id: contact.id,
    ...(contact.name === undefined ? {} : { name: contact.name }),
    moon: keyed.moon,
    stage: row.stage,
    connection: live.view(contact.id) ?? indirect(contact, live, sockets),
    unread: contacts.unreadOf(contact.id),
    since: row.since,
    address: addressView(me.settings.direct, row.direct),
    quarantined: contact.quarantined,
    introduced: row.introduced,
    trust: trustView(contact, claimant),
    safety: safetyView(keyed.safetyNumber(me.identity)),
    proof: proofView(keyed.row),
    server: (row.write ?? row.moveTo)?.server ?? me.settings.server,
    ...(row.moveTo === undefined
      ? {}
      : { moveTo: { server: row.moveTo.server, held: row.write === undefined } }),
    ...(draft === '' ? {} : { draft }),
    ...(last === undefined ? {} : { last: lastView(last) }),
  };
}

function lastView({ text, from, at, delivery }: MessageRow) {
  const said = { text: text.slice(0, PREVIEW_CHARACTERS), from, at };
  return delivery === undefined
    ? said
    : { ...said, delivery: delivery as NonNullable<ContactView['last']>['delivery'] & {} };
}

function indirect({ id, row }: Contact, live: Live, sockets: Sockets): ConnectionView {
  if (row.write === undefined || sockets.stateOf(row.write.server).state !== 'online')
    return { state: 'offline' };
  return live.lacksRelay(id) ? { state: 'mailbox', lacksRelay: true } : { state: 'mailbox' };
}

function serverView({ me, sockets, elsewhere }: Shown): ServerView {
  if (elsewhere) return { state: 'elsewhere' };
  const state = sockets.stateOf(me.settings.server);
  const pass = sockets.passTrouble(me.settings.server);
  if (state.state === 'online' && pass !== undefined) return { state: 'pass-needed', pass };
  return state.state === 'stopped' ? { state: 'connecting' } : state;
}
