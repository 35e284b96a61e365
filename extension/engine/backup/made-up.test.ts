/**
 * A back-up that somebody made up, whose passphrase one types: it is refused by its name and leaves the first run as it
 * was, or it is a profile that starts, shows what is so, and writes to whoever is in it.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plainName } from '../../bridge/name.ts';
import { isServer, readInviteLink } from '../address.ts';
import { backUp, restore } from '../testing/back-up.ts';
import { copyOf } from '../testing/copies.ts';
import { HostileServer } from '../testing/hostile-server.ts';
import { Person } from '../testing/person.ts';
import { fileOf, recordsOf } from '../testing/records.ts';
import type { BackupRecord } from './records.ts';

const PASSPHRASE = 'orbit velvet canyon';
let server: HostileServer;
let records: BackupRecord[];
/** The pictures of each safety number, by its digits, as Alice saw them. */
let numbers: ReadonlyMap<string, readonly string[]>;
const people: Person[] = [];

async function person(name: string) {
  const one = await new Person(name, server.url).begin();
  people.push(one);
  return one;
}

beforeAll(async () => {
  server = await HostileServer.start();
  let alice = await person('Alice');
  const bob = await person('Bob');
  const carol = await person('Carol');
  const mallory = await person('Mallory');
  const toAlice = await bob.accept(await alice.invite());
  const toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
  await bob.contact(({ stage }) => stage === 'ready');
  await carol.accept(await alice.invite());
  const toCarol = (await alice.contact(({ name }) => name === 'Carol')).id;
  await alice.send(toBob, 'one');
  await bob.conversation(toAlice, (m) => m.length === 1);
  await bob.send(toAlice, 'two');
  await bob.send(toAlice, 'three');
  await alice.conversation(toBob, (m) => m.length === 3);
  const { digits } = (await alice.contact(({ name }) => name === 'Bob')).safety;
  await alice.engine.handle({ type: 'note-compared', contactId: toBob, how: 'voice', digits });
  await alice.engine.handle({ type: 'rename-contact', contactId: toBob, name: 'Bobby' });
  await alice.engine.handle({ type: 'set-draft', contactId: toBob, text: 'not yet' });
  const checked = { fingerprint: 'A'.repeat(40), userIds: ['Bob'], date: '2026-11-24' };
  await alice.engine.handle({ type: 'note-proof', contactId: toBob, digits, checked });
  const { text } = await alice.engine.handle({ type: 'identity-statement' });
  const signed = `-----BEGIN PGP SIGNED MESSAGE-----\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----`;
  await alice.engine.handle({ type: 'attach-proof', contactId: toBob, text: signed });
  await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'delivered');
  const { inviteId } = await alice.engine.handle({ type: 'create-invite', contactId: toCarol });
  const { invites } = await alice.app((s) =>
    s.invites.some(({ id, state }) => id === inviteId && state === 'open'),
  );
  await mallory.accept(invites.find(({ id }) => id === inviteId)?.link as string);
  await alice.contact(({ trust }) => trust.state === 'changed');
  await alice.engine.handle({ type: 'change-settings', change: { server: `${server.url}/#pass=abc` } });
  await alice.invite();
  const { contacts } = await alice.app(() => true);
  numbers = new Map(contacts.map(({ safety: { digits, emoji } }) => [digits, emoji]));
  const first = await backUp(alice, PASSPHRASE);
  alice.stop();
  bob.stop();
  carol.stop();
  mallory.stop();
  alice = new Person('Alice', server.url);
  people.push(alice);
  await alice.engine.start();
  await restore(alice, first, PASSPHRASE);
  await alice.send(toBob, 'waits');
  await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'sent');
  records = await recordsOf(await backUp(alice, PASSPHRASE), PASSPHRASE);
  alice.stop();
});

afterAll(async () => {
  for (const one of people) one.stop();
  await server.stop();
});

type Table = BackupRecord['table'];
type RowOf<T extends Table> = Extract<BackupRecord, { readonly table: T }>['row'];

const GONE = Symbol('gone');
/** How many changes are tried in a run, of some seven thousand. */
const runs = Number(process.env.ASIDE_MADE_UP_RUNS ?? 120);

/** The records with the rows of a table as `change` leaves them. */
function changed<T extends Table>(table: T, change: (row: RowOf<T>, all: readonly RowOf<T>[]) => unknown) {
  const rows = records.flatMap((one) => (one.table === table ? [one.row as RowOf<T>] : []));
  return records.map((one) =>
    one.table === table ? ({ ...one, row: change(one.row as RowOf<T>, rows) } as BackupRecord) : one,
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** Every member of a row, by its way there. */
function waysIn(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  const within = isObject(value) ? Object.entries(value) : [];
  return [...(way.length > 0 ? [way] : []), ...within.flatMap(([name, one]) => waysIn(one, [...way, name]))];
}

const at = (value: unknown, way: readonly string[]): unknown =>
  way.reduce<unknown>((one, name) => (isObject(one) ? one[name] : undefined), value);

/** A copy with another value there, or with none. */
function put(value: unknown, [name, ...rest]: readonly string[], other: unknown): unknown {
  if (name === undefined || !isObject(value)) return other;
  const isGone = rest.length === 0 && other === GONE;
  if (Array.isArray(value))
    return value.flatMap((one, place) =>
      String(place) !== name ? [one] : isGone ? [] : [put(one, rest, other)],
    );
  const { [name]: one, ...others } = value;
  return isGone ? others : { ...others, [name]: put(one, rest, other) };
}

/** Missing, of another kind, too small, too large, and almost right. */
function othersFor(value: unknown): readonly unknown[] {
  const wrong = [GONE, null, 'x', 7, true, [], {}, new Uint8Array(3)];
  if (typeof value === 'number') {
    const powers = [8, 20, 31, 32, 40, 53, 60].map((power) => 2 ** power);
    return [...wrong, -1, 0, 1, 0.5, value + 1, value - 1, 255, ...powers, -(2 ** 60), 1e308];
  }
  if (typeof value === 'string')
    return [
      ...wrong,
      ...['', ' ', 'a/b', '\u202egnp', 'x'.repeat(1000), 'y'.repeat(70_000), '00'.repeat(16)],
      ...['https://other.invalid', 'http://other.invalid', 'ftp://x', 'yes', 'me', 'them', 'failed'],
      ...[`${value}0`, value.slice(1)],
    ];
  if (value instanceof Uint8Array) {
    const last = value.length - 1;
    return [
      ...wrong,
      ...[new Uint8Array(0), new Uint8Array(value.length), new Uint8Array(value.length).fill(255)],
      ...[value.slice(1), new Uint8Array([...value, 0]), value.with(0, 99)],
      value.with(last, (value[last] ?? 0) ^ 1),
    ];
  }
  if (Array.isArray(value)) return [...wrong, [...value, ...value], Array(2000).fill(value[0] ?? 1), [null]];
  return wrong;
}

interface Change {
  readonly what: string;
  readonly records: readonly BackupRecord[];
}

const show = (value: unknown) => (typeof value === 'symbol' ? 'gone' : JSON.stringify(value)?.slice(0, 60));

/** Everything that one change can make of the records. */
function changes(): Change[] {
  return records.flatMap((record, n) => {
    const name = `${record.table} ${n}`;
    const instead = (one: object) =>
      records.map((each, place) => (place === n ? ({ ...record, ...one } as BackupRecord) : each));
    const others = records.filter((one) => one !== record && one.table === record.table);
    const keys = [
      '',
      'x',
      '/',
      'a/b/c',
      `${record.key}0`,
      `${record.key}/0`,
      '00'.repeat(16),
      'x'.repeat(60_000),
    ];
    const ways = waysIn(record.row);
    return [
      { what: `${name} missing`, records: records.filter((one) => one !== record) },
      { what: `${name} twice`, records: [...records, record] },
      ...[...keys, ...others.map(({ key }) => key)].map((key) => ({
        what: `${name} as ${key.slice(0, 40)}`,
        records: instead({ key }),
      })),
      ...others.map(({ row, key }) => ({ what: `${name} is ${key}`, records: instead({ row }) })),
      ...ways.flatMap((way) => [
        ...othersFor(at(record.row, way)).map((value) => ({
          what: `${name} ${way.join('.')} = ${show(value)}`,
          records: instead({ row: put(record.row, way, value) }),
        })),
        ...others.flatMap(({ row, key }) => {
          const value = at(row, way);
          if (value === undefined) return [];
          return [
            {
              what: `${name} ${way.join('.')} of ${key}`,
              records: instead({ row: put(record.row, way, value) }),
            },
          ];
        }),
      ]),
    ];
  });
}

/** How restoring went. */
async function restored(
  given: readonly BackupRecord[],
  within: (again: Person) => Promise<void>,
): Promise<string> {
  const said: string[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
  const again = new Person('Alice', server.url);
  try {
    await again.engine.start();
    const code = await restore(again, await fileOf(given, PASSPHRASE), PASSPHRASE).then(
      () => 'restored',
      (error: { code: string }) => error.code,
    );
    if (code === 'restored') await within(again);
    else {
      const copy = await copyOf(again.database);
      for (const [store, rows] of copy) if (store !== 'vault') expect(rows, store).toEqual([]);
      await again.until({ topic: 'app' }, ({ phase }) => phase === 'first-run');
    }
    expect(said).toEqual([]);
    return code;
  } finally {
    await again.engine.stop();
    spy.mockRestore();
  }
}

const DATE_MAX = 8.64e15;

/** The profile starts, also once more, shows nothing that cannot be, and writes to everybody. */
async function works(again: Person): Promise<void> {
  const started = () =>
    again.until({ topic: 'app' }, ({ phase }) => phase === 'ready' || phase === 'storage-failed');
  const app = await started();
  if (app.phase !== 'ready') throw new Error(app.phase);
  for (const { id, name, since, server: place, safety, unread, trust } of app.contacts) {
    expect(name).toBe(name && plainName(name));
    expect(isServer(place)).toBe(true);
    expect(safety.emoji).toEqual(numbers.get(safety.digits));
    const messages = await again.conversation(id, () => true);
    for (const time of [since, ...messages.map((one) => one.at)])
      expect(Math.abs(time)).toBeLessThan(DATE_MAX);
    expect(messages.filter(({ from }) => from === 'them').length).toBeGreaterThanOrEqual(unread);
    if (trust.state === 'changed') continue;
    const sent = await again.send(id, 'after');
    await again.conversation(id, (m) => m.at(-1)?.id === sent);
  }
  for (const { link } of app.invites) expect(readInviteLink(link)).toBeDefined();
  await again.invite();
  await again.restart();
  expect((await started()).phase).toBe('ready');
}

describe('a made-up back-up', () => {
  const http = 'http://other.example';
  const refused: Record<string, () => readonly BackupRecord[]> = {
    'of a profile at a server without TLS': () =>
      changed('profile', (row) => ({ ...row, settings: { ...row.settings, server: http } })),
    'of a contact who is written to without TLS': () =>
      changed('contacts', (row) => ({ ...row, write: row.write && { ...row.write, server: http } })),
    'with two profiles': () => records.flatMap((one) => Array(one.table === 'profile' ? 2 : 1).fill(one)),
    'with sessions under other contacts': () =>
      changed('sessions', (row, all) => all[(all.indexOf(row) + 1) % all.length]),
    'with contacts without sessions': () => records.filter(({ table }) => table !== 'sessions'),
    'with one contact twice': () => [
      ...records.slice(0, 3),
      { ...records[2], key: '00'.repeat(16) } as BackupRecord,
      ...records.slice(3),
    ],
    'with one mailbox for all': () =>
      changed('contacts', (row, [first]) => ({ ...row, read: first?.read ?? row.read })),
    'with no mailbox': () => changed('contacts', (row) => ({ ...row, read: [] })),
    'with contacts who claim to be nobody': () =>
      changed('contacts', (row) => ({ ...row, claims: '00'.repeat(16) })),
    'with ways back that are others’': () =>
      changed('contacts', (row, all) => ({
        ...row,
        recovery: all[(all.indexOf(row) + 1) % all.length]?.recovery,
      })),
    'with numbers near their end': () => changed('contacts', (row) => ({ ...row, sent: 2 ** 40 })),
    'with more unconfirmed than is ever written': () =>
      changed('contacts', (row) => ({ ...row, sent: 2 ** 30, confirmed: 0 })),
    'with attempts near their end': () => changed('contacts', (row) => ({ ...row, attempt: 2 ** 32 - 1 })),
    'with a statement that no envelope holds': () =>
      changed('contacts', (row) => ({ ...row, attached: { text: 'x'.repeat(70_000), at: 0 } })),
    'with dates that are none': () => changed('messages', (row) => ({ ...row, at: 1e300 })),
    'with messages of nobody': () =>
      records.map((one) => (one.table === 'messages' ? { ...one, key: `00${one.key.slice(2)}` } : one)),
    'with an invite that is another’s': () =>
      changed('invites', (row) => ({ ...row, replyKey: row.rendezvousKey })),
    'with rows in no order': () => [...records].reverse(),
  };
  it.each(Object.keys(refused))('%s is refused', async (what) => {
    const given = refused[what]?.() ?? [];
    expect(await restored(given, works)).toBe('backup-damaged');
  });

  it('shows no safety number but that of the two, and no more unread than there is', async () => {
    const given = changed('contacts', (row) => ({
      ...row,
      unread: 7000,
      ...(row.safety === undefined
        ? {}
        : { safety: { ...row.safety, emoji: row.safety.emoji.map(() => 7) } }),
    }));
    expect(await restored(given, works)).toBe('restored');
  });

  it('brings no message of mine that nothing would bring to its reader', async () => {
    const given = records.filter(({ table }) => table !== 'outbox');
    const outcome = await restored(given, async (again) => {
      const { contacts } = await again.app(() => true);
      const { id } = contacts.find(({ draft }) => draft === 'not yet') as (typeof contacts)[number];
      const messages = await again.conversation(id, (m) => m.length > 0);
      expect(messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    });
    expect(outcome).toBe('restored');
  });

  it('is refused, or is a profile that works, whatever one thing in it is another', async () => {
    expect(await restored(records, works)).toBe('restored');
    const all = changes();
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length - 1), async (n) => {
        const { what, records: given } = all[n] as Change;
        const outcome = await restored(given, works).catch((error: unknown) => `${String(error)}`);
        expect(['restored', 'backup-damaged', 'backup-newer'], what).toContain(outcome);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 600_000);
});
