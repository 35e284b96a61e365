/**
 * An engine that has an identity: its parts, put together. What each part does is in its own file; what stands here
 * is what they tell one another.
 */
import { dropPreparedKeyPair, prepareKeyPair, wipe } from '@aside/wasm-crypto';
import { Accepting } from './accepting.ts';
import { Ahead } from './ahead.ts';
import { Answering } from './answering.ts';
import { Backups } from './backup/backups.ts';
import { Claims } from './claims.ts';
import { type Clock, endable } from './clock.ts';
import { Commands, type Running } from './commands.ts';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { type Contact, Contacts } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { Drafts } from './drafts.ts';
import { guestPassOf, handOverGuestPasses } from './guests.ts';
import { Inbox } from './inbox.ts';
import { Invites } from './invites.ts';
import { Live } from './live.ts';
import { Sockets } from './mail/sockets.ts';
import { News } from './news.ts';
import { Outbox } from './outbox.ts';
import { Passes } from './passes.ts';
import type { Me } from './profile.ts';
import { REREAD_AFTER, Reading } from './reading.ts';
import { Recovery } from './recovery/recovery.ts';
import { Rendezvous } from './rendezvous.ts';
import { detach, report } from './report.ts';
import { Rotation } from './rotation.ts';
import { Search } from './search/search.ts';
import { Sending } from './sending.ts';
import type { Shell } from './shell.ts';
import { SpokenGuess } from './spoken/guess.ts';
import { SpokenOffer } from './spoken/offer.ts';
import type { Database } from './storage/database.ts';
import type { PassphraseWork } from './storage/passphrase-work.ts';
import { Surely } from './surely.ts';
import type { Watchers } from './watchers.ts';

/** How often sockets that nothing needs any more are looked for: no hurry, and none is closed in between two words. Milliseconds. */
const LOOK_FOR_UNNEEDED = 60_000;

/** What an engine has before it has an identity. */
export interface Surroundings {
  readonly clock: Clock;
  readonly shell: Shell;
  readonly watchers: Watchers;
  readonly passphraseWork: PassphraseWork;
  readonly connect?: (address: string, subprotocol: string) => WebSocket;
  readonly makePeer?: (options: PeerOptions) => Peer;
  /** How many views are open: with none, news goes to a notification. */
  viewsOpen(): number;
  /** An invite was accepted: it is proposed no longer. */
  accepted(): void;
}

/** A running engine's parts, and what is asked of it as a whole. */
export interface Assembled extends Running {
  readonly commands: Commands;
  me(): Me;
  /** Whether another browser reads my mailboxes. */
  elsewhere(): boolean;
  /** Connects, and goes on with what a stop interrupted. */
  start(): void;
  /** Ends everything that runs at once; resolves when the database is closed and what was secret in memory is gone. */
  stop(): Promise<void>;
}

/** Loads every part from the unlocked database. Rejects with a `StorageError`. */
export async function assemble(database: Database, mine: Me, around: Surroundings): Promise<Assembled> {
  const { shell, watchers } = around;
  const clock = endable(around.clock);
  let present = mine;
  const me = () => present;
  let elsewhere = false;
  const surely = new Surely(clock);
  const contacts = new Contacts(database);
  await contacts.load();
  const passes = new Passes(database);
  await passes.load();
  handOverGuestPasses(contacts, passes);
  const sockets = new Sockets(
    {
      state: (_server, state) => {
        watchers.appChanged();
        if (state.state !== 'online') return;
        sending.pumpAll();
        recovery.lookAtAll();
      },
      opened: (mailbox, waiting) => {
        const words = byWords(mailbox);
        if (words !== undefined) {
          words.opened(mailbox);
          return;
        }
        rendezvous.reader(mailbox)?.opened(waiting);
        rotation.opened(mailbox, waiting);
      },
      envelope: (mailbox, envelope, acknowledge) =>
        detach((byWords(mailbox) ?? reading).receive(mailbox, envelope, acknowledge)),
      live: (mailbox, envelope) => {
        const contact = reading.contactOf(mailbox);
        if (contact !== undefined && live.receive(contact, envelope)) rotation.heardThrough(contact, mailbox);
      },
      taken: (mailbox) => reading.taken(mailbox),
      shut: (mailbox) => byWords(mailbox)?.shut(mailbox),
    },
    clock,
    around.connect,
    {
      own: (server) => passes.own(server),
      guest: (server, mailbox) => {
        const contact = reading.contactOf(mailbox);
        return contact && guestPassOf(contact.row, server);
      },
    },
  );
  const live = new Live({
    contacts,
    clock,
    me: () => me().identity,
    direct: () => me().settings.direct,
    turn: async (contact) => {
      // A relay is for those who read a mailbox there, which on the server of the settings nobody may do yet.
      const servers = [me().settings.server, ...contact.row.read.map(({ server }) => server)];
      for (const server of new Set(servers)) {
        const credentials = await sockets.turn(server);
        if (credentials !== undefined) return credentials;
      }
      return undefined;
    },
    pass: async ({ row: { write } }, envelope) =>
      write === undefined ? { kind: 'unsent' } : sockets.to(write.server).live(write.id, envelope),
    envelope: (contactId, envelope) => {
      inbox.receive(contactId, envelope).catch((error: unknown) => {
        report(error);
        // On a new connection the contact sends again what I have not confirmed.
        live.rebuildAfter(contactId, REREAD_AFTER);
      });
    },
    changed: () => watchers.appChanged(),
    connected: (contactId) => sending.connected(contactId),
    disconnected: (contactId) => sending.disconnected(contactId),
    ...(around.makePeer === undefined ? {} : { makePeer: around.makePeer }),
  });
  const textChanged = (contactId: string) => watchers.conversationChanged(personOf(contactId));
  const sending: Sending = new Sending({
    database,
    contacts,
    clock,
    overConnection: (contactId, envelope) => live.send(contactId, envelope),
    // Who was connected before I accepted their new invite looks for its handshake where the invite says.
    isConnected: (contactId) =>
      live.isOpen(contactId) && contacts.has(contactId) && contacts.get(contactId).row.stage === 'ready',
    toMailbox: async (contactId, envelope) => {
      const { write } = contacts.get(contactId).row;
      return write === undefined ? { kind: 'unsent' } : sockets.to(write.server).store(write.id, envelope);
    },
    retention: (contactId) => {
      const { write } = contacts.get(contactId).row;
      const seconds = write === undefined ? undefined : sockets.retentionOf(write.server);
      return seconds === undefined ? undefined : seconds * 1000;
    },
    changed: textChanged,
    unheard: (contactId) => recovery.suspect(contactId),
    reachedMailbox: (contactId) => {
      if (contacts.has(contactId)) accepting.finish(contacts.get(contactId));
    },
  });
  const news = new News({
    contacts,
    clock,
    shell,
    viewsOpen: () => around.viewsOpen(),
    wanted: () => me().settings.notifications,
  });
  const drafts = new Drafts(database, contacts, clock);
  const outbox = new Outbox({ database, contacts, drafts, sending, clock, changed: textChanged });
  const ahead = new Ahead(clock, { prepare: prepareKeyPair, drop: dropPreparedKeyPair });
  const inbox = new Inbox({
    contacts,
    outbox,
    clock,
    me: () => ({ keys: me().keys, name: me().settings.name }),
    agreedTo,
    changed: (contactId, texts) => {
      textChanged(contactId);
      live.encourage(contactId);
      ahead.received();
      if (texts.length > 0) news.came(contacts.get(contactId));
    },
    released: textChanged,
    moved: (contactId) => reading.sync(contacts.get(contactId)),
    suspected: (contactId) => recovery.look(contactId),
  });
  const recovery: Recovery = new Recovery({
    contacts,
    outbox,
    sockets,
    clock,
    me: () => ({ keys: me().keys, name: me().settings.name }),
    agreedTo,
    renewed: (contactId) => watchers.revisit(contactId),
  });
  const rendezvous = new Rendezvous(sockets, clock);
  const introducing = {
    database,
    contacts,
    outbox,
    inbox,
    passes,
    rendezvous,
    clock,
    read: (contact: Contact) => reading.sync(contact),
    me: () => {
      const { keys, settings } = me();
      return { keys, name: settings.name, server: settings.server };
    },
  };
  const accepting = new Accepting({
    ...introducing,
    contactMade: (contact) => detach(contactMade(contact)),
  });
  const invites = new Invites({
    ...introducing,
    sockets,
    changed: () => {
      offer.inviteChanged();
      watchers.appChanged();
    },
  });
  const answering = new Answering({
    ...introducing,
    invites,
    contactMade: (contact) => {
      const made = contactMade(contact).then(() => {
        const isThere = contacts.has(contact.id) && contacts.person(contact) === contact;
        if (isThere) news.tellOf(contact, 'accepted');
      });
      detach(made);
    },
  });
  const offer: SpokenOffer = new SpokenOffer({
    database,
    sockets,
    invites,
    clock,
    server: () => me().settings.server,
    invitesGuests: (server) => passes.own(server) !== undefined,
    changed: () => watchers.appChanged(),
    failed: () => news.wordsFailed(),
    failureSeen: () => news.wordsSeen(),
  });
  const guess = new SpokenGuess({ sockets, clock, isMine: (mailbox) => offer.owns(mailbox) });
  const spoken = { offer, guess };
  /** Who reads a mailbox of an exchange by words, if it is one. */
  function byWords(mailbox: string): SpokenOffer | SpokenGuess | undefined {
    return [offer, guess].find((one) => one.owns(mailbox));
  }
  const reading: Reading = new Reading({
    contacts,
    inbox,
    invites,
    answering,
    rendezvous,
    recovery,
    sockets,
    clock,
    heardThrough: (contact, mailbox) => rotation.heardThrough(contact, mailbox),
    takenOver: () => {
      elsewhere = true;
      sockets.pause();
      watchers.appChanged();
    },
  });

  const rotation: Rotation = new Rotation({
    contacts,
    outbox,
    reading,
    sockets,
    passes,
    clock,
    me: () => me().settings,
  });

  /** Somebody was introduced by an invite, anew perhaps. Resolves when the claims that this ends are gone. */
  async function contactMade(contact: Contact): Promise<void> {
    const person = contacts.person(contact);
    watchers.revisit(person.id);
    if (person !== contact) {
      // Which of the two is meant is for the person to say.
      live.end(person.id);
      news.tellOf(person, 'key-changed');
    }
    await endClaims(contact.id);
  }
  /** Turns away whom a contact's row says to be rid of. Never rejects. */
  function endClaims(id: string): Promise<void> {
    const turnAway = async () => {
      await claims.turnAwayUnmeant(id);
      shell.dismiss(id);
      unreadChanged();
      watchers.revisit(id);
    };
    const isDue = () => contacts.has(id) && contacts.get(id).row.unmeant !== undefined;
    return surely.do(`claims on ${id}`, turnAway, isDue);
  }
  function agreedTo(server: string): boolean {
    return (
      server === me().settings.server ||
      contacts.all().some(({ row }) => row.read.some((mailbox) => mailbox.server === server))
    );
  }
  /** The servers that I write to; where mailboxes are read, for contacts or invites, the sockets know themselves. */
  function closeUnneeded(): void {
    const writing = contacts
      .all()
      .flatMap(({ row: { write } }) => (write === undefined ? [] : [write.server]));
    sockets.keepOnly(new Set([me().settings.server, ...writing]));
    clock.after(LOOK_FOR_UNNEEDED, closeUnneeded);
  }
  function unreadChanged(): void {
    watchers.appChanged();
    news.showUnread();
  }
  /** In whose conversation it is shown what somebody wrote. */
  function personOf(contactId: string): string {
    return contacts.has(contactId) ? contacts.person(contacts.get(contactId)).id : contactId;
  }

  await sending.load();
  await invites.load();
  await offer.load();
  await drafts.load();
  const conversations = new Conversations(database, contacts, drafts, clock);
  const search = new Search({ database, contacts, clock });
  const claims = new Claims({ contacts, outbox, conversations, live, reading });
  const backups = new Backups({
    database,
    contacts,
    clock,
    work: around.passphraseWork,
    changed: () => watchers.appChanged(),
  });
  await backups.load();
  const running: Running = {
    backups,
    database,
    claims,
    contacts,
    conversations,
    drafts,
    outbox,
    inbox,
    invites,
    accepting,
    live,
    sockets,
    passes,
    reading,
    rotation,
    search,
    spoken,
  };
  const commands = new Commands(running, {
    clock,
    shell,
    me,
    becomes: (next) => {
      present = next;
    },
    changed: () => watchers.appChanged(),
    // Whoever writes it sees it; with every key it would be much to say.
    drafted: (contactId) => {
      if (around.viewsOpen() > 1) watchers.conversationChanged(contactId);
    },
    unreadChanged,
    accepted: around.accepted,
    takenBack: () => {
      elsewhere = false;
    },
    decided: (contactId) => watchers.revisit(contactId),
  });
  return {
    ...running,
    commands,
    me,
    elsewhere: () => elsewhere,
    start: () => {
      shell.openAs(present.settings.openAs);
      sockets.to(present.settings.server);
      for (const contact of contacts.all()) {
        reading.sync(contact);
        inbox.receiptsDue(contact.id);
        void endClaims(contact.id);
      }
      invites.start();
      accepting.start();
      offer.start();
      recovery.start();
      rotation.start();
      closeUnneeded();
      unreadChanged();
      // A view that outlived an earlier engine has been watching since before there was anything to see.
      watchers.revisit();
    },
    stop: async () => {
      news.stop();
      for (const contact of contacts.all()) live.end(contact.id);
      ahead.stop();
      offer.stop();
      backups.stop();
      sockets.stop();
      clock.end();
      // A transaction that is under way works on what is overwritten here.
      await database.close();
      contacts.wipe();
      invites.wipe();
      offer.wipe();
      passes.wipe();
      wipe(present.keys.signSecret, present.keys.agreeSecret);
    },
  };
}
