import type { AppSnapshot, ContactView, ConversationSnapshot } from '../../bridge/types.ts';
import { BridgeError } from '../../bridge/types.ts';
import type { App } from '../models/app.ts';
import { OpenPgpError, type OpenPgpOutcome } from '../models/surroundings.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import {
  BOB,
  contact,
  conversation,
  INES,
  LONG,
  MAYA,
  mine,
  NOW,
  OPEN_INVITE,
  PROPOSED,
  ready,
  SETTINGS,
  SPOKEN,
  TOM,
  WITH_BOB,
  WITH_LONG,
  WITH_MAYA,
} from '../testing/samples.ts';
import { type HandCamera, settled } from '../testing/surroundings.ts';

export interface Scene {
  readonly app?: AppSnapshot;
  readonly conversations?: readonly ConversationSnapshot[];
  /** Before the view starts: how the double answers. */
  readonly engine?: (client: FakeClient) => void;
  /** What the person has done by then. */
  readonly act?: (app: App, client: FakeClient) => unknown;
  /** How the camera answers, where the scene asks it. */
  readonly camera?: HandCamera['answer'];
  /** What comes of checking a signature; without it, the checking goes on. */
  readonly signature?: OpenPgpOutcome | OpenPgpError;
  /** What is pressed once the screen stands, by accessible name. */
  readonly press?: readonly string[];
  /** Also at other widths, and right to left. */
  readonly more?: readonly ('narrow' | 'wide' | 'rtl' | 'popup')[];
}

const talk = [WITH_BOB, WITH_MAYA, WITH_LONG, conversation(TOM.id, []), conversation(INES.id, [])];
const everybody = [
  BOB,
  MAYA,
  TOM,
  INES,
  LONG,
  ...['Ada', 'Grace', 'Edsger', 'Barbara', 'Niklaus', 'Radia'].map((name, n) =>
    contact(20 + n, name, { last: { text: 'See you there.', from: 'them', at: NOW - (n + 2) * 86_400_000 } }),
  ),
];

const open =
  (contactId: string) =>
  (app: App): void =>
    app.navigation.go({ at: 'conversation', contactId });

const PGP_KEY = {
  fingerprint: '5B3C8D0E91F24A76B8E0D3C1F7A92E64108B5D3F',
  userIds: ['Bob Okafor <bob@example.org>'],
};
const statement = (client: FakeClient) =>
  client.answer('identity-statement', () => ({
    text: [
      'Aside identity statement, version 1',
      'This is my identity in Aside:',
      '6aca 0161 63d3 8603 d505 deef 099d cdfa',
      '5c36 bf71 b75e be5e c17b 4dd7 e6b7 4480',
      'Date: 2026-11-24',
    ].join('\n'),
  }));

const PROVEN = {
  theirs: NOW - 2 * 86_400_000,
  checked: { ...PGP_KEY, date: '2026-11-01', at: NOW - 86_400_000 },
};

async function checkProof(app: App): Promise<void> {
  app.navigation.go({ at: 'proof', contactId: BOB.id });
  const place = app.place.value;
  if (place.at !== 'proof') return;
  place.proof.typeMessage('-----BEGIN PGP SIGNED MESSAGE-----');
  place.proof.typeKey('-----BEGIN PGP PUBLIC KEY BLOCK-----');
  await place.proof.check();
}

const COMPARED = { state: 'compared', at: NOW - 5 * 86_400_000, how: 'eye' } as const;
const CHANGED: ContactView = {
  ...TOM,
  moon: { hues: [40, 150], tilt: 20, phase: 60, waxing: true },
  trust: { state: 'changed', at: NOW - 60_000, wasCompared: true },
};

function scanInvite(app: App): void {
  app.navigation.go({ at: 'accept', scan: true });
}

/** Holds a code before the camera: the scene's engine says what it is. */
function compareCode(app: App): Promise<void> {
  (app.surroundings.camera as HandCamera).sees = BOB.safety.code;
  app.navigation.go({ at: 'compare', contactId: BOB.id });
  return settled();
}

/** The screen for a back-up, with its passphrase typed twice. */
function openBackup(app: App) {
  app.navigation.go({ at: 'backup' });
  const { value: place } = app.place;
  if (place.at !== 'backup') return undefined;
  place.backup.type('next', 'orbit velvet canyon');
  place.backup.type('again', 'orbit velvet canyon');
  return place.backup;
}

function beginWithWords(app: App, text: string): void {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return;
  stage.firstRun.openWords();
  stage.firstRun.typeWords.value?.type(text);
}

function openRestore(app: App) {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return undefined;
  stage.firstRun.openRestore();
  return stage.firstRun.restore.value;
}

/** With a file of three parts and a passphrase. */
function startRestore(app: App): Promise<void> | undefined {
  const model = openRestore(app);
  model?.choose(new File([new Uint8Array(700_000)], 'Aside 2026-11-23.aside'));
  model?.type('orbit velvet canyon');
  return model?.start();
}

const sayWordsTo =
  (contactId: string) =>
  (app: App): void =>
    app.navigation.go({ at: 'say-words', contactId });

const sayWords = (app: App): void => app.navigation.go({ at: 'say-words' });

const typeWords = (text: string) => (app: App) => {
  app.navigation.go({ at: 'type-words' });
  const { value: place } = app.place;
  if (place.at !== 'type-words') return undefined;
  place.typeWords.type(text);
  return place.typeWords;
};

/** Every state that a screen can be in, as the engine's snapshots bring it about. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'first-run': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    more: ['narrow', 'rtl', 'wide', 'popup'],
  },
  'first-run-server': { app: { phase: 'first-run' }, more: ['narrow'] },
  'first-run-server-fails': {
    app: { phase: 'first-run' },
    engine: (client) => client.refuse('check-server', 'server-not-aside'),
    act: (app) => {
      const stage = app.stage.value;
      if (stage.show !== 'first-run') return;
      stage.firstRun.typeName('Alice');
      stage.firstRun.serverField.value?.type('example.org');
      return stage.firstRun.start();
    },
  },
  'first-run-pass': {
    app: { phase: 'first-run' },
    engine: (client) => client.refuse('check-server', 'server-pass-missing'),
    act: (app) => {
      const stage = app.stage.value;
      if (stage.show !== 'first-run') return;
      stage.firstRun.typeName('Alice');
      stage.firstRun.serverField.value?.type('aside.example.org');
      return stage.firstRun.start();
    },
    more: ['narrow'],
  },
  'first-run-no-name': { app: { phase: 'first-run', defaultServer: SETTINGS.server }, press: ['Start'] },
  'first-run-words': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => beginWithWords(app, 'river window lem'),
    more: ['narrow', 'rtl'],
  },
  'first-run-words-elsewhere': {
    app: { phase: 'first-run' },
    act: (app) => beginWithWords(app, 'river window lemonade at a.example'),
  },
  'first-run-words-server': { app: { phase: 'first-run' }, press: ['I was told three words', 'Connect'] },
  'first-run-invited': { app: { phase: 'first-run', proposed: PROPOSED } },
  list: { app: ready(), conversations: talk, more: ['narrow', 'rtl', 'wide', 'popup'] },
  'list-many': {
    app: ready({ contacts: everybody, invites: [OPEN_INVITE] }),
    act: (app) => {
      app.surroundings.drafts.value = { [TOM.id]: 'I was thinking that we' };
    },
    more: ['narrow', 'rtl'],
  },
  'list-trust': {
    app: ready({
      contacts: [
        BOB,
        { ...MAYA, trust: COMPARED },
        CHANGED,
        { ...INES, trust: { state: 'new-key', at: NOW - 86_400_000 } },
        { ...LONG, trust: COMPARED },
      ],
      invites: [{ ...OPEN_INVITE, contactId: TOM.id }],
    }),
    more: ['narrow', 'rtl'],
  },
  'list-empty': { app: ready({ contacts: [] }), more: ['narrow', 'wide'] },
  'list-invites': {
    app: ready({
      contacts: [BOB],
      invites: [
        OPEN_INVITE,
        { ...OPEN_INVITE, id: 'p', state: 'placing' },
        { ...OPEN_INVITE, id: 'e', state: 'expired', expiresAt: NOW - 1 },
      ],
    }),
  },
  'list-search-nobody': { app: ready({ contacts: everybody }), act: (app) => app.contacts.search('zz') },
  'list-menu': { app: ready(), press: ['Menu'] },
  'list-unreachable': {
    app: ready({ server: { state: 'unreachable', retryAt: NOW + 12_000 } }),
    more: ['narrow'],
  },
  'list-connecting': { app: ready({ server: { state: 'connecting' } }) },
  'list-refused': { app: ready({ server: { state: 'refused' } }) },
  'list-pass': {
    app: ready({ server: { state: 'pass-needed', pass: 'missing' } }),
    more: ['narrow', 'rtl'],
  },
  'list-pass-refused': { app: ready({ server: { state: 'pass-needed', pass: 'refused' } }) },
  'list-elsewhere': { app: ready({ server: { state: 'elsewhere' } }) },
  'list-updating': { app: ready({ updating: true }) },
  gone: {
    app: ready(),
    engine: (client) =>
      client.answer('reconnect', () => {
        throw new BridgeError('engine-gone');
      }),
    act: (app) => app.server.reconnect(),
  },
  conversation: {
    app: ready(),
    conversations: talk,
    act: open(BOB.id),
    more: ['narrow', 'rtl', 'wide', 'popup'],
  },
  'conversation-words': {
    app: ready(),
    conversations: talk,
    act: open(BOB.id),
    press: ['Connection: direct · 24 ms'],
  },
  'conversation-failed': { app: ready(), conversations: talk, act: open(MAYA.id), more: ['narrow', 'rtl'] },
  'conversation-empty-waiting': { app: ready(), conversations: talk, act: open(INES.id) },
  'conversation-quarantined': {
    app: ready({ contacts: [{ ...BOB, quarantined: 2 }] }),
    conversations: talk,
    act: open(BOB.id),
  },
  'conversation-offline': {
    app: ready({ server: { state: 'unreachable', retryAt: NOW + 40_000 } }),
    conversations: talk,
    act: open(TOM.id),
  },
  'conversation-long': {
    app: ready({ contacts: [LONG, BOB] }),
    conversations: talk,
    act: (app) => {
      open(LONG.id)(app);
      app.surroundings.drafts.value = {
        [LONG.id]: 'A draft of several lines,\nso that the field grows,\nand then some more words.',
      };
    },
    more: ['narrow', 'wide'],
  },
  'conversation-too-long': {
    app: ready(),
    conversations: talk,
    act: (app) => {
      open(BOB.id)(app);
      app.surroundings.drafts.value = { [BOB.id]: 'word '.repeat(12_020) };
    },
    press: ['Send'],
  },
  'conversation-until-accepted': {
    app: ready({
      contacts: [
        { ...BOB, connection: { state: 'mailbox', lacksRelay: true }, address: 'until-accepted', unread: 0 },
      ],
    }),
    conversations: [conversation(BOB.id, [])],
    act: open(BOB.id),
    more: ['narrow', 'rtl'],
  },
  'conversation-relayed-until-accepted': {
    app: ready({
      contacts: [{ ...BOB, connection: { state: 'relayed', roundTrip: 41 }, address: 'until-accepted' }],
    }),
    conversations: talk,
    act: open(BOB.id),
    press: ['Connection: relayed · 41 ms'],
    more: ['narrow'],
  },
  'contact-until-accepted': {
    app: ready({
      contacts: [{ ...BOB, connection: { state: 'relayed', roundTrip: 41 }, address: 'until-accepted' }],
    }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  'contact-hidden-from-all': {
    app: ready({ contacts: [{ ...BOB, connection: { state: 'relayed' }, address: 'hidden-from-all' }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  'conversation-server-held': {
    app: ready({
      contacts: [
        {
          ...INES,
          stage: 'ready',
          introduced: 'my-invite',
          connection: { state: 'offline' },
          moveTo: { server: 'https://letters.example.net', held: true },
        },
      ],
    }),
    conversations: talk,
    act: open(INES.id),
    more: ['narrow', 'rtl'],
  },
  'conversation-server-held-later': {
    app: ready({
      contacts: [
        {
          ...INES,
          stage: 'ready',
          connection: { state: 'offline' },
          moveTo: { server: 'https://letters.example.net', held: true },
        },
      ],
    }),
    conversations: talk,
    act: open(INES.id),
    press: ['Not now'],
  },
  'conversation-server-moves': {
    app: ready({ contacts: [{ ...BOB, moveTo: { server: 'https://letters.example.net', held: false } }] }),
    conversations: talk,
    act: open(BOB.id),
    more: ['narrow'],
  },
  'conversation-changed': {
    app: ready({ contacts: [BOB, CHANGED] }),
    conversations: talk,
    act: open(TOM.id),
    more: ['narrow', 'rtl', 'wide'],
  },
  'conversation-changed-later': {
    app: ready({ contacts: [{ ...CHANGED, id: BOB.id }] }),
    conversations: [
      {
        ...WITH_BOB,
        messages: [
          ...WITH_BOB.messages.slice(0, 5),
          mine(8, 'I have the key with me.', NOW - 90_000, { state: 'sent' }),
        ],
        keyChanges: [{ at: NOW - 60_000 }],
      },
    ],
    act: open(BOB.id),
    press: ['Not now'],
    more: ['narrow'],
  },
  'conversation-changed-go-on': {
    app: ready({ contacts: [CHANGED] }),
    conversations: talk,
    act: open(TOM.id),
    press: ['Go on without comparing …'],
  },
  'conversation-changed-keep-old': {
    app: ready({ contacts: [CHANGED] }),
    conversations: talk,
    act: open(TOM.id),
    press: ['Keep the old key …'],
    more: ['narrow'],
  },
  'conversation-key-line': {
    app: ready({ contacts: [{ ...BOB, trust: { state: 'new-key', at: NOW } }] }),
    conversations: [
      {
        ...WITH_BOB,
        messages: WITH_BOB.messages.toSpliced(
          5,
          0,
          mine(8, 'I have the key with me.', NOW - 90_000, { state: 'failed', reason: 'key-changed' }),
        ),
        keyChanges: [{ at: NOW - 60_000, before: WITH_BOB.messages[5]?.id ?? '' }],
      },
    ],
    act: open(BOB.id),
  },
  'conversation-loading': { app: ready(), act: open(BOB.id) },
  invite: {
    app: ready({ invites: [OPEN_INVITE] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'invite-again': {
    app: ready({ invites: [{ ...OPEN_INVITE, contactId: TOM.id }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-again-changed': {
    app: ready({ contacts: [BOB, TOM], invites: [{ ...OPEN_INVITE, contactId: TOM.id }] }),
    engine: (client) => client.answer('create-invite', () => ({ inviteId: OPEN_INVITE.id })),
    act: async (app, client) => {
      app.navigation.go({ at: 'invite', contactId: TOM.id });
      await Promise.resolve();
      client.show(ready({ contacts: [BOB, CHANGED] }));
    },
  },
  'invite-placing': {
    app: ready({ invites: [{ ...OPEN_INVITE, state: 'placing' }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-pass': {
    app: ready({
      server: { state: 'pass-needed', pass: 'missing' },
      invites: [{ ...OPEN_INVITE, state: 'placing' }],
    }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-expired': {
    app: ready({ invites: [{ ...OPEN_INVITE, state: 'expired' }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-gone': { app: ready(), act: (app) => app.navigation.go({ at: 'invite', inviteId: 'x' }) },
  'invite-accepted': {
    app: ready({ contacts: [MAYA], invites: [OPEN_INVITE] }),
    act: (app, client) => {
      app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id });
      client.show(ready({ contacts: [BOB, MAYA] }));
    },
  },
  'invite-limit': {
    app: ready(),
    engine: (client) => client.refuse('create-invite', 'invite-limit'),
    act: (app) => app.navigation.go({ at: 'invite' }),
  },
  'invite-withdraw': {
    app: ready({ invites: [OPEN_INVITE] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
    press: ['Withdraw'],
  },
  'accept-scan': {
    app: ready(),
    act: scanInvite,
    more: ['narrow', 'rtl', 'wide'],
  },
  'accept-scan-asking': { app: ready(), camera: 'asking', act: scanInvite },
  'accept-scan-refused': { app: ready(), camera: 'refused', act: scanInvite, more: ['wide'] },
  'accept-scan-no-camera': { app: ready(), camera: 'none', act: scanInvite, more: ['wide'] },
  'accept-again': {
    app: ready({ proposed: { ...PROPOSED, from: BOB.id } }),
  },
  'accept-other-key': {
    app: ready(),
    engine: (client) => client.answer('read-invite', () => PROPOSED),
    act: async (app) => {
      app.navigation.go({ at: 'accept', contactId: TOM.id });
      const { value: place } = app.place;
      if (place.at !== 'accept') return;
      place.accept.type(PROPOSED.link);
      await place.accept.read();
    },
    more: ['narrow'],
  },
  accept: { app: ready(), act: (app) => app.navigation.go({ at: 'accept' }) },
  'accept-reads': {
    app: ready(),
    engine: (client) =>
      client.answer('read-invite', () => PROPOSED).refuse('accept-invite', 'invite-used-or-withdrawn'),
    act: (app) => app.navigation.go({ at: 'accept' }),
  },
  'accept-damaged': {
    app: ready(),
    engine: (client) => client.refuse('read-invite', 'invite-damaged'),
    act: (app) => {
      app.navigation.go({ at: 'accept' });
      const { value: place } = app.place;
      if (place.at !== 'accept') return;
      place.accept.type('https://aside.example.org/i#AQBqmJ2w');
      return place.accept.read();
    },
  },
  'say-words': { app: ready({ spoken: SPOKEN }), act: sayWords, more: ['narrow', 'rtl', 'wide'] },
  'say-words-guessed': { app: ready({ spoken: { ...SPOKEN, state: 'guessed' } }), act: sayWords },
  'say-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    act: sayWords,
    more: ['narrow'],
  },
  'list-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'conversation-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    engine: (client) =>
      client.answer('cancel-words-invite', () => {
        client.show(ready());
        return {};
      }),
    conversations: talk,
    act: open(MAYA.id),
  },
  'say-words-again': {
    app: ready({ spoken: { ...SPOKEN, contactId: TOM.id } }),
    act: sayWordsTo(TOM.id),
    more: ['narrow', 'rtl'],
  },
  'say-words-again-others': { app: ready({ spoken: SPOKEN }), act: sayWordsTo(TOM.id) },
  'say-words-again-done': {
    app: ready({ spoken: { ...SPOKEN, contactId: TOM.id } }),
    act: (app, client) => {
      sayWordsTo(TOM.id)(app);
      client.show(ready());
    },
  },
  'type-words-again': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'type-words', contactId: TOM.id }),
  },
  'say-words-lapsed': {
    app: ready({ spoken: SPOKEN }),
    act: (app, client) => {
      sayWords(app);
      client.show(ready({ spoken: { ...SPOKEN, state: 'lapsed' } }));
    },
  },
  'say-words-limit': {
    app: ready(),
    engine: (client) => client.refuse('create-words-invite', 'words-limit'),
    act: sayWords,
  },
  'type-words': { app: ready(), act: typeWords('river lem'), more: ['narrow', 'rtl', 'wide'] },
  'type-words-typo': { app: ready(), act: typeWords('river window lemonaed ') },
  'type-words-other-server': {
    app: ready(),
    act: typeWords('river window lemonade'),
    press: ['They use another server'],
  },
  'type-words-refused': {
    app: ready(),
    engine: (client) => client.refuse('accept-words', 'words-wrong'),
    act: (app) => {
      const model = typeWords('river window lemonade')(app);
      model?.typeServer('chat.example.org');
      return model?.accept();
    },
  },
  'accept-confirm': { app: ready({ proposed: PROPOSED }), more: ['narrow', 'rtl', 'wide'] },
  'accept-used': {
    app: ready({ proposed: PROPOSED }),
    engine: (client) => client.refuse('accept-invite', 'invite-used-or-withdrawn'),
    act: (app) => (app.stage.value.show === 'proposal' ? app.stage.value.accept.accept() : undefined),
  },
  contact: {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'contact-compared': {
    app: ready({ contacts: [{ ...BOB, trust: COMPARED }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['Show my code'],
    more: ['narrow'],
  },
  'contact-changed': {
    app: ready({ contacts: [CHANGED] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: TOM.id }),
    press: ['It does not match'],
    more: ['narrow'],
  },
  'contact-how': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['We compared, it matches'],
  },
  proof: {
    app: ready(),
    engine: statement,
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
    more: ['narrow', 'rtl'],
  },
  'proof-matches': {
    app: ready(),
    engine: (client) =>
      statement(client).answer('read-statement', () => ({ outcome: 'this', date: '2026-11-24' })),
    signature: { state: 'signed', text: '', at: NOW, ...PGP_KEY },
    act: checkProof,
    more: ['narrow'],
  },
  'proof-attached': {
    app: ready({ contacts: [{ ...BOB, proof: { theirs: NOW - 60_000, mine: NOW - 86_400_000 } }] }),
    engine: (client) => statement(client).answer('their-proof', () => ({ text: '-----BEGIN PGP' })),
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
    more: ['narrow'],
  },
  'proof-checked': {
    app: ready({ contacts: [{ ...BOB, proof: PROVEN }] }),
    engine: (client) => statement(client).answer('their-proof', () => ({ text: '-----BEGIN PGP' })),
    act: (app) => app.navigation.go({ at: 'proof', contactId: BOB.id }),
  },
  'contact-proof-checked': {
    app: ready({ contacts: [{ ...BOB, proof: PROVEN }] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
  },
  'proof-other-key': {
    app: ready(),
    engine: statement,
    signature: { state: 'other-key', ...PGP_KEY },
    act: checkProof,
  },
  'proof-private-key': {
    app: ready(),
    engine: statement,
    signature: new OpenPgpError('key-private'),
    act: checkProof,
  },
  'compare-scan': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'compare', contactId: BOB.id }),
    more: ['narrow', 'wide'],
  },
  'compare-scan-in-panel': {
    app: ready(),
    camera: 'asking',
    act: (app) => app.navigation.go({ at: 'compare', contactId: BOB.id }),
  },
  'compare-scan-match': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'match' })),
    act: compareCode,
  },
  'compare-scan-mismatch': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'mismatch' })),
    act: compareCode,
    more: ['narrow'],
  },
  'compare-scan-other': {
    app: ready(),
    engine: (client) => client.answer('compare-code', () => ({ outcome: 'not-a-code' })),
    act: compareCode,
  },
  'contact-rename': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'contact', contactId: BOB.id }),
    press: ['Rename'],
  },
  'contact-remove': {
    app: ready({ contacts: [LONG] }),
    act: (app) => app.navigation.go({ at: 'contact', contactId: LONG.id }),
    press: ['Remove contact'],
  },
  settings: {
    app: ready({ settings: { ...SETTINGS, direct: 'accepted' } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'settings-server': {
    app: ready(),
    engine: (client) =>
      client.answer('check-server', ({ server }) => ({ server: `https://${server}`, relay: false })),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      place.settings.typeName('Alice Liddell');
      place.settings.server.type('chat.example.net');
      return place.settings.server.check();
    },
  },
  'settings-pass': {
    app: ready({ server: { state: 'pass-needed', pass: 'refused' } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
  },
  'settings-lock': {
    app: ready({ lock: { passphrase: true } }),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
    },
    more: ['narrow', 'rtl'],
  },
  'settings-lock-set': {
    app: ready(),
    act: async (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      const { lock } = place.settings;
      lock.begin('set');
      lock.type('next', 'orbit velvet canyon');
      lock.type('again', 'orbit velvet');
      await lock.save();
    },
    more: ['narrow'],
  },
  'settings-lock-change': {
    app: ready({ lock: { passphrase: true, retryAt: NOW + 40_000 } }),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at === 'settings') place.settings.lock.begin('change');
    },
  },
  'list-backup': {
    app: ready({ backup: { offered: true } }),
    conversations: talk,
    more: ['narrow', 'rtl', 'wide'],
  },
  'list-backup-old': {
    app: ready({ backup: { offered: true, made: NOW - 40 * 86_400_000 } }),
    conversations: talk,
  },
  backup: {
    app: ready({ backup: { offered: true } }),
    act: (app) => app.navigation.go({ at: 'backup' }),
    more: ['narrow', 'rtl', 'popup'],
  },
  'backup-differs': {
    app: ready(),
    act: async (app) => {
      const model = openBackup(app);
      model?.type('again', 'orbit velvet');
      await model?.make();
    },
  },
  'backup-making': {
    app: ready(),
    engine: (client) =>
      client
        .answer('begin-backup', () => ({ backupId: 'b' }))
        .answer('read-backup', () =>
          client.callsOf('read-backup').length === 1
            ? { bytes: new Uint8Array(10), done: false, progress: 0.42 }
            : new Promise(() => {}),
        ),
    act: (app) => {
      void openBackup(app)?.make();
      return settled();
    },
  },
  'backup-saved': {
    app: ready(),
    engine: (client) =>
      client
        .answer('begin-backup', () => ({ backupId: 'b' }))
        .answer('read-backup', () => ({ bytes: new Uint8Array(10), done: true, progress: 1 })),
    act: (app) => openBackup(app)?.make(),
    more: ['narrow'],
  },
  restore: {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => openRestore(app),
    more: ['narrow', 'rtl', 'popup'],
  },
  'restore-no-file': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => openRestore(app)?.start(),
  },
  'restore-wrong': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) => client.refuse('begin-restore', 'passphrase-wrong'),
    act: (app) => startRestore(app),
  },
  'restore-damaged': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) =>
      client.answer('begin-restore', () => ({ restoreId: 'r' })).refuse('finish-restore', 'backup-damaged'),
    act: (app) => startRestore(app),
    more: ['narrow'],
  },
  'restore-running': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) =>
      client
        .answer('begin-restore', () => ({ restoreId: 'r' }))
        .answer('restore-part', () =>
          client.callsOf('restore-part').length === 1 ? {} : new Promise(() => {}),
        ),
    act: async (app, client) => {
      void startRestore(app);
      // The browser reads the file in its own time.
      while (client.callsOf('restore-part').length < 2) await new Promise((read) => setTimeout(read));
    },
  },
  'settings-erase': {
    app: ready({ lock: { passphrase: true } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
    press: ['Erase everything'],
  },
  'list-lock': { app: ready({ lock: { passphrase: true } }), press: ['Menu'] },
  locked: { app: { phase: 'locked' }, more: ['narrow', 'rtl', 'wide'] },
  'locked-wrong': {
    app: { phase: 'locked' },
    engine: (client) => client.refuse('unlock', 'passphrase-wrong'),
    act: async (app) => {
      const { value: stage } = app.stage;
      if (stage.show !== 'locked') return;
      stage.locked.type('orbit velvet');
      await stage.locked.unlock();
    },
  },
  'locked-wait': { app: { phase: 'locked', retryAt: NOW + 40_000 } },
  'locked-erase': { app: { phase: 'locked' }, press: ['Erase everything'] },
  starting: { app: { phase: 'starting' } },
  silent: {},
  'newer-data': { app: { phase: 'newer-data' } },
  'storage-failed': { app: { phase: 'storage-failed' }, more: ['wide'] },
};
