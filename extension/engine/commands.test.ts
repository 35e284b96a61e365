/** Every command while the disk is full: it says so, changes nothing, and does its work once there is room. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKUP_HEAD_BYTES } from '../bridge/types/bounds.ts';
import type { Command } from '../bridge/types/commands.ts';
import { backUp, restore } from './testing/back-up.ts';
import { FullDisks } from './testing/full-disks.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { told } from './testing/rest.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

const PASSPHRASE = 'orbit velvet canyon';
/** What a full disk did not take is tried again by then. Milliseconds. */
const AGAIN = 61_000;

/** What there is before a command is given, and the command. */
interface Given {
  readonly command: Command;
  /** Whose disk is full: Alice's, where nobody is named. */
  readonly person?: Person;
  /** Gives it once more; some begin from their beginning. */
  again?(): Promise<unknown>;
}

let clock: SkipClock;
let two: TwoContacts;
let elsewhere: HostileServer;
let disks: FullDisks;
const others: Person[] = [];

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
  elsewhere = await HostileServer.start();
  disks = new FullDisks();
});

afterEach(async () => {
  disks.end();
  for (const other of others.splice(0)) other.stop();
  await two.end();
  await elsewhere.stop();
});

async function other(name: string): Promise<Person> {
  const person = await new Person(name, two.server.url, clock).begin();
  others.push(person);
  return person;
}

/** A browser in which nobody has begun. */
async function nobody(): Promise<Person> {
  const person = new Person('Nobody', two.server.url, clock);
  others.push(person);
  await person.engine.start();
  return person;
}

const digits = async () => (await two.alice.contact()).safety.digits;
const does = <C extends Command>(command: C) => two.alice.engine.handle(command);

async function heard(): Promise<string> {
  await two.bob.send(two.toAlice, 'hello');
  const messages = await two.alice.conversation(two.toBob, (m) => m.length === 1);
  return messages[0]?.id as string;
}

async function failed(): Promise<string> {
  // A sign of life would send it again.
  await clock.pass(AGAIN);
  two.server.refuse = () => 'mailbox-full';
  const messageId = await two.alice.send(two.toBob, 'hello');
  await two.alice.conversation(two.toBob, (m) => m[0]?.delivery?.state === 'failed');
  two.server.refuse = () => undefined;
  return messageId;
}

/** Somebody comes with another key where Bob was expected. */
async function keyChanges(): Promise<void> {
  const { inviteId } = await does({ type: 'create-invite', contactId: two.toBob });
  const isOpen = ({ id, state }: { id: string; state: string }) => id === inviteId && state === 'open';
  const { invites } = await two.alice.app((s) => s.invites.some(isOpen));
  await (await other('Bob')).accept(invites.find(isOpen)?.link as string);
  await two.alice.contact(({ trust }) => trust.state === 'changed');
}

async function signedByMe(): Promise<string> {
  const { text } = await does({ type: 'identity-statement' });
  const [begin, end] = ['-----BEGIN PGP SIGNED MESSAGE-----', '-----END PGP SIGNATURE-----'];
  return [begin, 'Hash: SHA512', '', text, '-----BEGIN PGP SIGNATURE-----', '', 'iHUEAR', end].join('\n');
}

async function begunBackup(): Promise<string> {
  const { backupId } = await does({ type: 'begin-backup', passphrase: PASSPHRASE });
  return backupId;
}

async function readBackup(): Promise<string> {
  const backupId = await begunBackup();
  for (let done = false; !done; ) ({ done } = await does({ type: 'read-backup', backupId }));
  return backupId;
}

/** Alice's back-up, half of it restored where nobody is. */
async function restoring() {
  // More than one part of a file is sealed in.
  await does(ofBob('set-draft', { text: 'hello '.repeat(20_000) }));
  const file = await backUp(two.alice, PASSPHRASE);
  two.alice.stop();
  const person = await nobody();
  const head = file.subarray(0, BACKUP_HEAD_BYTES);
  const begin = { type: 'begin-restore', passphrase: PASSPHRASE, head } as const;
  const bytes = file.subarray(BACKUP_HEAD_BYTES);
  const again = () => restore(person, file, PASSPHRASE);
  return { person, begin, bytes, again };
}

const ofBob = <T extends Command['type'], M>(type: T, more: M) => ({ type, contactId: two.toBob, ...more });

/** Commands that write nothing, or what may go to the disk later. */
const needNone = {
  'check-server': async () => ({ command: { type: 'check-server', server: two.server.url } }),
  'read-invite': async () => ({
    command: { type: 'read-invite', text: await (await other('Carol')).invite() },
  }),
  'dismiss-proposed-invite': async () => ({ command: { type: 'dismiss-proposed-invite' } }),
  'cancel-words-invite': async () => {
    await two.alice.words();
    return { command: { type: 'cancel-words-invite' } };
  },
  'search-messages': async () => ({ command: { type: 'search-messages', text: 'hello' } }),
  'search-changes': async () => {
    const { since } = await does({ type: 'search-messages', text: 'hello' });
    return { command: { type: 'search-changes', text: 'hello', since } };
  },
  'identity-statement': async () => ({ command: { type: 'identity-statement' } }),
  'read-statement': async () => ({ command: ofBob('read-statement', { text: '' }) }),
  'their-proof': async () => ({ command: ofBob('their-proof', {}) }),
  'take-over': async () => ({ command: { type: 'take-over' } }),
  reconnect: async () => ({ command: { type: 'reconnect' } }),
  used: async () => ({ command: { type: 'used' } }),
  lock: async () => {
    await does({ type: 'set-passphrase', next: PASSPHRASE });
    return { command: { type: 'lock' } };
  },
  'begin-backup': async () => ({ command: { type: 'begin-backup', passphrase: PASSPHRASE } }),
  'read-backup': async () => ({ command: { type: 'read-backup', backupId: await begunBackup() } }),
  'cancel-backup': async () => ({ command: { type: 'cancel-backup', backupId: await begunBackup() } }),
  'cancel-restore': async () => ({
    person: await nobody(),
    command: { type: 'cancel-restore', restoreId: 'over' },
  }),
  wipe: async () => ({ command: { type: 'wipe' } }),
} satisfies Partial<Record<Command['type'], () => Promise<Given>>>;

/** Every other command, with what must be there before it; a ping goes over a connection, which nobody has here. */
const needRoom: Record<Exclude<Command['type'], keyof typeof needNone | 'ping'>, () => Promise<Given>> = {
  begin: async () => ({
    person: await nobody(),
    command: { type: 'begin', name: 'Carol', server: two.server.url },
  }),
  'change-settings': async () => ({ command: { type: 'change-settings', change: { name: 'Alicia' } } }),
  'create-invite': async () => ({ command: { type: 'create-invite' } }),
  'withdraw-invite': async () => {
    const { inviteId } = await does({ type: 'create-invite' });
    await two.alice.app(({ invites }) => invites.some(({ state }) => state === 'open'));
    return { command: { type: 'withdraw-invite', inviteId } };
  },
  'accept-invite': async () => ({
    command: { type: 'accept-invite', text: await (await other('Carol')).invite() },
  }),
  'create-words-invite': async () => ({ command: { type: 'create-words-invite' } }),
  'accept-words': async () => ({
    command: { type: 'accept-words', words: await (await other('Carol')).words() },
  }),
  send: async () => ({ command: ofBob('send', { text: 'hello' }) }),
  'set-draft': async () => ({ command: ofBob('set-draft', { text: 'hel' }) }),
  retry: async () => ({ command: ofBob('retry', { messageId: await failed() }) }),
  discard: async () => ({ command: ofBob('discard', { messageId: await failed() }) }),
  'mark-read': async () => ({ command: ofBob('mark-read', { messageId: await heard() }) }),
  'rename-contact': async () => ({ command: ofBob('rename-contact', { name: 'Robert' }) }),
  'set-direct': async () => ({ command: ofBob('set-direct', { direct: 'never' }) }),
  'allow-server': async () => {
    const server = elsewhere.url;
    await two.bob.engine.handle({ type: 'change-settings', change: { server } });
    await two.alice.contact(({ moveTo }) => moveTo !== undefined);
    return { command: ofBob('allow-server', { server }) };
  },
  'remove-contact': async () => ({ command: ofBob('remove-contact', {}) }),
  'note-compared': async () => ({
    command: ofBob('note-compared', { how: 'eye' as const, digits: await digits() }),
  }),
  'compare-code': async () => ({
    command: ofBob('compare-code', { code: (await two.alice.contact()).safety.code }),
  }),
  'take-back-comparison': async () => {
    await does(ofBob('note-compared', { how: 'eye' as const, digits: await digits() }));
    return { command: ofBob('take-back-comparison', {}) };
  },
  'attach-proof': async () => ({ command: ofBob('attach-proof', { text: await signedByMe() }) }),
  'note-proof': async () => ({ command: ofBob('note-proof', { digits: await digits() }) }),
  'accept-key': async () => {
    await keyChanges();
    return { command: ofBob('accept-key', { digits: await digits() }) };
  },
  'refuse-key': async () => {
    await keyChanges();
    return { command: ofBob('refuse-key', { digits: await digits() }) };
  },
  'clear-quarantine': async () => ({ command: ofBob('clear-quarantine', {}) }),
  unlock: async () => {
    await does({ type: 'set-passphrase', next: PASSPHRASE });
    await does({ type: 'lock' });
    return { command: { type: 'unlock', passphrase: PASSPHRASE } };
  },
  'set-passphrase': async () => ({ command: { type: 'set-passphrase', next: PASSPHRASE } }),
  'remove-passphrase': async () => {
    await does({ type: 'set-passphrase', next: PASSPHRASE });
    return { command: { type: 'remove-passphrase', current: PASSPHRASE } };
  },
  'backup-saved': async () => ({ command: { type: 'backup-saved', backupId: await readBackup() } }),
  'backup-not-now': async () => ({ command: { type: 'backup-not-now' } }),
  'begin-restore': async () => {
    const { person, begin, again } = await restoring();
    return { person, command: begin, again };
  },
  'restore-part': async () => {
    const { person, begin, bytes, again } = await restoring();
    const { restoreId } = await person.engine.handle(begin);
    return { person, command: { type: 'restore-part', restoreId, bytes }, again };
  },
  'finish-restore': async () => {
    const { person, begin, bytes, again } = await restoring();
    const { restoreId } = await person.engine.handle(begin);
    await person.engine.handle({ type: 'restore-part', restoreId, bytes });
    return { person, command: { type: 'finish-restore', restoreId }, again };
  },
};

/** What views show of everything; of what is written it stays where it was, as a draft. */
async function shown(person: Person) {
  const snapshot = await person.until({ topic: 'app' }, ({ phase }) => phase !== 'starting');
  if (snapshot.phase !== 'ready') return snapshot;
  const { contacts, conversations, ...others } = await told(person);
  return {
    ...others,
    lock: snapshot.lock,
    backup: snapshot.backup,
    contacts: contacts.map(({ draft: _, ...contact }) => contact),
    conversations: conversations.map(({ draft: _, ...conversation }) => conversation),
  };
}

/** What leaves a profile that its owner has to unlock after a restart. */
const isLocked: ReadonlySet<string> = new Set(['unlock', 'set-passphrase'] satisfies Command['type'][]);

describe('another name', () => {
  const rename = (name: string) => does({ type: 'change-settings', change: { name } });

  it('is told everybody, where somebody is removed at that moment', async () => {
    const carol = await other('Carol');
    await carol.accept(await two.alice.invite());
    await two.alice.contact(({ name }) => name === 'Carol');
    await clock.pass(1000);
    await Promise.all([rename('Alicia'), does(ofBob('remove-contact', {}))]);
    await carol.contact(({ name }) => name === 'Alicia');
  });

  it('is mine at once, and told as soon as there is room', async () => {
    await clock.pass(1000);
    disks.fill(two.alice.database, 1, 1);
    await rename('Alicia');
    expect(disks.left(two.alice.database)).toBe(0);
    await clock.pass(AGAIN);
    await two.bob.contact(({ name }) => name === 'Alicia');
  });
});

describe('a command while the disk is full', () => {
  it.each(Object.entries(needRoom))(
    'that says %s is refused, and done once there is room',
    async (_, give) => {
      const { command, person = two.alice, again = () => person.engine.handle(command) } = await give();
      await clock.pass(AGAIN);
      const before = await shown(person);
      disks.fill(person.database, Number.POSITIVE_INFINITY);
      await expect(person.engine.handle(command)).rejects.toMatchObject({ code: 'storage-full' });
      expect(await shown(person)).toEqual(before);
      disks.empty();
      await clock.pass(AGAIN);
      expect(await shown(person)).toEqual(before);
      await again();
      await clock.pass(AGAIN);
      const after = await shown(person);
      // What it changed is on the disk.
      await person.engine.stop();
      person.renew();
      await person.engine.start();
      if (isLocked.has(command.type)) await person.engine.handle({ type: 'unlock', passphrase: PASSPHRASE });
      expect(await shown(person)).toEqual(after);
    },
  );

  it('keeps what is being written, asked again or not, as soon as there is room', async () => {
    const { alice, toBob: contactId } = two;
    const draft = () => alice.contact().then((contact) => contact.draft);
    const write = (text: string) => does({ type: 'set-draft', contactId, text });
    disks.fill(alice.database, Number.POSITIVE_INFINITY);
    await expect(write('hel')).rejects.toMatchObject({ code: 'storage-full' });
    disks.empty();
    await write('hel');
    await alice.restart();
    expect(await draft()).toBe('hel');
    disks.fill(alice.database, Number.POSITIVE_INFINITY);
    await expect(write('hello')).rejects.toMatchObject({ code: 'storage-full' });
    await expect(alice.send(contactId, 'hello')).rejects.toMatchObject({ code: 'storage-full' });
    disks.empty();
    await clock.pass(AGAIN);
    await alice.restart();
    expect(await draft()).toBe('hello');
  });

  it('leaves nothing of a back-up to who begins anew, although that could not be cleared away either', async () => {
    const { person, begin, bytes } = await restoring();
    const { restoreId } = await person.engine.handle(begin);
    await person.engine.handle({ type: 'restore-part', restoreId, bytes });
    disks.fill(person.database, Number.POSITIVE_INFINITY);
    const finish = { type: 'finish-restore', restoreId } as const;
    await expect(person.engine.handle(finish)).rejects.toMatchObject({ code: 'storage-full' });
    disks.empty();
    await person.engine.handle({ type: 'begin', name: 'Carol', server: two.server.url });
    expect((await person.app(() => true)).contacts).toEqual([]);
  });

  it.each(Object.entries(needNone))('that says %s is done all the same', async (_, give) => {
    const { command, person = two.alice }: Given = await give();
    await clock.pass(AGAIN);
    disks.fill(person.database, Number.POSITIVE_INFINITY);
    await person.engine.handle(command);
  });
});
