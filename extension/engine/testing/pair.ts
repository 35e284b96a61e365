/**
 * Two who know each other, without servers and connections: what one seals lies in a list until the test delivers it,
 * in whatever order. The clock stands until the test moves it.
 */
import 'fake-indexeddb/auto';
import {
  createInvite,
  encodeIdentity,
  type Identity,
  initiate,
  newIdentity,
  openBundle,
  publicIdentity,
  randomBytes,
  readInvite,
  respond,
  type Session,
  seal,
} from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { Contacts } from '../contacts.ts';
import { type Content, encodeContent } from '../content.ts';
import { Conversations } from '../conversations.ts';
import { Drafts } from '../drafts.ts';
import { toHex } from '../encoding.ts';
import { Inbox } from '../inbox.ts';
import type { Answer } from '../mail/requests.ts';
import { Outbox } from '../outbox.ts';
import { NO_ORDER } from '../placing.ts';
import { Sending } from '../sending.ts';
import { Database } from '../storage/database.ts';
import { HandClock } from './hand-clock.ts';

export const SERVER = 'https://a.example';

export class Side {
  readonly id = toHex(randomBytes(16));
  readonly keys = newIdentity();
  /** What their database is called. */
  readonly disk: string;
  readonly database: Database;
  readonly clock: HandClock;
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly conversations: Conversations;
  /** What was handed to the mailbox, in that order. */
  readonly sent: Uint8Array[] = [];
  /** What went over the connection, where there is one. */
  readonly overConnection: Uint8Array[] = [];
  connected = false;
  /** How long the server says that it keeps an envelope, if it does. Milliseconds. */
  retention: number | undefined = 14 * 24 * 3600 * 1000;
  /** How often nothing was taken from the mailbox for as long as that. */
  unheard = 0;
  toMailbox: () => Promise<Answer> = async () => ({ kind: 'done', outcome: 'stored' });

  constructor(disk: string, database: Database, clock: HandClock) {
    this.disk = disk;
    this.database = database;
    this.clock = clock;
    this.contacts = new Contacts(database);
    const sending = new Sending({
      database,
      contacts: this.contacts,
      clock,
      overConnection: async (_contactId, envelope) => {
        if (this.connected) this.overConnection.push(envelope);
        return this.connected;
      },
      isConnected: () => this.connected,
      toMailbox: async (_contactId, envelope) => {
        this.sent.push(envelope);
        return this.toMailbox();
      },
      retention: () => this.retention,
      changed: () => {},
      unheard: async () => {
        this.unheard++;
      },
      reachedMailbox: () => {},
    });
    this.outbox = new Outbox({
      database,
      contacts: this.contacts,
      drafts: new Drafts(database, this.contacts, clock),
      sending,
      clock,
      changed: () => {},
    });
    this.inbox = new Inbox({
      contacts: this.contacts,
      outbox: this.outbox,
      clock,
      me: () => ({ keys: this.keys, name: 'me' }),
      agreedTo: (server) => server === SERVER,
      changed: () => {},
      released: () => {},
      moved: () => {},
      suspected: () => {},
    });
    this.conversations = new Conversations(
      database,
      this.contacts,
      new Drafts(database, this.contacts, clock),
      clock,
    );
  }

  get row() {
    return this.contacts.get(this.id).row;
  }

  /** Makes the contact that the other side is. */
  async know(peer: Identity, session: Session): Promise<void> {
    await this.contacts.create(this.id, async () => ({
      working: {
        id: this.id,
        session,
        earlier: undefined,
        quarantined: 0,
        row: {
          peer: encodeIdentity(peer),
          name: 'them',
          stage: 'ready',
          introduced: 'my-invite',
          since: 0,
          direct: 'unasked',
          read: [{ key: new Uint8Array(32), server: SERVER }],
          write: { id: new Uint8Array(32), server: SERVER },
          agreed: [],
          sent: 0,
          confirmed: 0,
          received: 0,
          beyond: [],
          receiptDue: false,
          unread: 0,
          readTo: '',
          ...NO_ORDER,
          recovery: {
            ways: [],
            suspect: false,
            asked: { count: 0, at: 0 },
            answered: { count: 0, at: 0 },
            handled: [],
          },
        },
      },
      result: undefined,
    }));
  }

  /** Seals whatever the test wants said, past the outbox: what a contact with another program may send. */
  async forge(content: Content): Promise<Uint8Array> {
    return this.contacts.change(this.id, async (_tx, working) => {
      const { session, envelope } = seal(working.session, encodeContent(content));
      working.session = session;
      return envelope;
    });
  }

  async texts(): Promise<string[]> {
    const { messages } = await this.conversations.snapshot(this.id, { limit: 2000 });
    return messages.map(({ text }) => text);
  }
}

let pairs = 0;

/** Two sides who have said a word each, so that any message may come first. */
export async function makePair(
  clock = new HandClock(),
): Promise<{ alice: Side; bob: Side; clock: HandClock }> {
  await loadCrypto();
  const [alice, bob] = (await Promise.all(
    ['alice', 'bob'].map(async (name) => {
      const disk = `pair-${name}-${pairs++}`;
      const database = await Database.open(disk);
      database.unlock(randomBytes(32));
      return new Side(disk, database, clock);
    }),
  )) as [Side, Side];
  const [mine, theirs] = [alice.keys, bob.keys];
  const reply = { id: new Uint8Array(32), server: SERVER };
  const made = createInvite({ me: mine, expires: 2 ** 31, reply });
  const invite = readInvite(made.text);
  const { session } = initiate({ me: theirs, invite, bundle: openBundle(invite, made.bundle) });
  const hello = seal(session, new Uint8Array(1));
  const answered = respond({ me: mine, keys: made.keys, envelope: hello.envelope });
  await alice.know(publicIdentity(theirs), answered.session);
  await bob.know(publicIdentity(mine), hello.session);
  return { alice, bob, clock };
}
