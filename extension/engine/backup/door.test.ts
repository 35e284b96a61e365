/** How much a back-up may bring in: as much as each row says, and not one more. */
import {
  createInvite,
  decodeIdentityKeys,
  encodeInviteKeys,
  mailboxIdOf,
  randomBytes,
} from '@aside/wasm-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InviteRow } from '../storage/rows.ts';
import { backUp } from '../testing/back-up.ts';
import { recordsOf } from '../testing/records.ts';
import { type TwoContacts, twoContacts } from '../testing/two-contacts.ts';
import { Door } from './door.ts';
import { type BackupRecord, RecordError } from './records.ts';

const PASSPHRASE = 'orbit velvet canyon';
let two: TwoContacts;
let records: readonly BackupRecord[];

beforeAll(async () => {
  two = await twoContacts();
  const { alice, server } = two;
  await alice.engine.handle({
    type: 'change-settings',
    change: { server: `${server.url}/#pass=of-a-choir` },
  });
  records = await recordsOf(await backUp(alice, PASSPHRASE), PASSPHRASE);
});

afterAll(() => two.end());

type Table = BackupRecord['table'];
type RecordOf<T extends Table> = Extract<BackupRecord, { readonly table: T }>;

const theFirst = <T extends Table>(table: T) => records.find((one) => one.table === table) as RecordOf<T>;

/** What the door says to the records, one after the other. */
function said(given: Iterable<BackupRecord>): 'admitted' | string {
  const door = new Door();
  try {
    for (const record of given) door.admit(record);
    return 'admitted';
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
}

/** The records up to a table's, whose row is another. */
function withRow<T extends Table>(table: T, change: (row: RecordOf<T>['row']) => object): BackupRecord[] {
  const at = records.findIndex((one) => one.table === table);
  const record = records[at] as BackupRecord;
  const row = record.row as RecordOf<T>['row'];
  return [...records.slice(0, at), { ...record, row: { ...row, ...change(row) } } as BackupRecord];
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => n);
const id = (n: number) => n.toString(16).padStart(32, '0');
const LISTED_MAX = 1000;

describe('the door', () => {
  const lists: Record<string, (count: number) => BackupRecord[]> = {
    'servers that were agreed to': (count) =>
      withRow('contacts', () => ({ agreed: Array(count).fill(two.server.url) })),
    'mailboxes that are read': (count) =>
      withRow('contacts', () => ({
        read: numbered(count).map(() => ({ key: randomBytes(32), server: two.server.url })),
      })),
    'guest passes': (count) =>
      withRow('contacts', () => ({
        guestPasses: Array(count).fill({ server: two.server.url, pass: new Uint8Array(16) }),
      })),
    'bundles that were dealt with': (count) =>
      withRow('contacts', ({ recovery }) => ({
        recovery: { ...recovery, handled: numbered(count).map(id) },
      })),
    'keys that nobody meant': (count) => withRow('contacts', () => ({ unmeant: numbered(count).map(id) })),
    'runs of theirs': (count) =>
      withRow('contacts', () => ({
        theirRuns: numbered(count).map((n) => ({ id: id(n).slice(-8), base: n + 1 })),
      })),
    'changes of a key': (count) =>
      withRow('contacts', () => ({ keyChanges: Array(count).fill({ at: 1, place: 1 }) })),
    'names on an OpenPGP key': (count) =>
      withRow('contacts', ({ peer }) => ({
        proven: {
          fingerprint: 'A'.repeat(40),
          userIds: Array(count).fill('Bob'),
          date: '2026-11-24',
          at: 1,
          identity: peer,
        },
      })),
    passes: (count) =>
      withRow('passes', () => ({
        passes: Array(count).fill({ server: two.server.url, pass: new Uint8Array(3), from: 'operator' }),
      })),
  };

  it.each(Object.keys(lists))('lets in as many as a row may list, and not one more: %s', (what) => {
    const given = lists[what] as (count: number) => BackupRecord[];
    expect(said(given(LISTED_MAX))).toBe('admitted');
    expect(said(given(LISTED_MAX + 1))).not.toBe('admitted');
  });

  it('lets in no more rows of a table than anybody has', () => {
    const draft = (n: number): BackupRecord => ({
      table: 'drafts',
      key: id(n),
      row: { text: 'x', at: 1 } as never,
    });
    const drafts = function* (count: number) {
      yield theFirst('profile');
      for (let n = 0; n < count; n++) yield draft(n);
    };
    expect(said(drafts(100_000))).toBe('admitted');
    expect(said(drafts(100_001))).toBe('too many');
  });

  it('looks at no more contacts than anybody has', () => {
    const door = new Door();
    door.admit(theFirst('profile'));
    const { row } = theFirst('contacts');
    const refusal = (n: number) => {
      try {
        door.admit({ table: 'contacts', key: id(n), row: { ...row, peer: new Uint8Array(0) } });
        return 'none';
      } catch (error) {
        return (error as Error).message;
      }
    };
    // Each is refused for itself, and counts.
    for (let n = 1; n <= 10_000; n++) expect(refusal(n)).not.toBe('key');
    expect(refusal(10_001)).toBe('key');
  });

  it('lets in no more invites than anybody has', () => {
    const me = decodeIdentityKeys(theFirst('profile').row.identity);
    const invite = (n: number): BackupRecord => {
      const replyKey = randomBytes(32);
      const expires = 2_000_000_000;
      const { url } = two.server;
      const made = createInvite({ me, expires, reply: { id: mailboxIdOf(replyKey), server: url } });
      const row: InviteRow = {
        text: made.text,
        server: url,
        createdAt: 1,
        expiresAt: expires * 1000,
        rendezvousKey: made.rendezvousKey,
        replyKey,
        bundle: made.bundle,
        keys: encodeInviteKeys(made.keys),
        state: 'placed',
      };
      return { table: 'invites', key: id(n), row };
    };
    const door = new Door();
    door.admit(theFirst('profile'));
    for (let n = 0; n < 1000; n++) expect(door.admit(invite(n))).toBeDefined();
    expect(() => door.admit(invite(1000))).toThrow(new RecordError('key'));
  });
});
