import type {
  AppSnapshot,
  ContactView,
  ConversationSnapshot,
  Delivery,
  ExcerptPart,
  FoundMessage,
  InviteView,
  MessageView,
  Moon,
  ProposedInvite,
  SafetyView,
  Settings,
  SpokenView,
} from '../../bridge/types/snapshots.ts';

/** The moment that the samples are told from. */
export const NOW = new Date(2026, 10, 3, 12, 5).getTime();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function moon(a: number, b: number, tilt: number, phase: number, waxing = false): Moon {
  return { hues: [a, b], tilt, phase, waxing };
}

export const SETTINGS: Settings = {
  name: 'Alice',
  server: 'https://aside.example.org',
  direct: 'accepted',
  notifications: true,
  openAs: 'panel',
  autoLock: 15,
};

export function id(n: number): string {
  return n.toString(16).padStart(32, '0');
}

export const SAFETY: SafetyView = {
  digits: '401178823005561719043365210487920756441820739551068732149950',
  emoji: ['🦊', '🌵', '🎈', '🐚', '🚲', '🍋', '🪁', '🦉', '🍄', '🎻', '🧭', '🌻'],
  code: `ASIDE:01${'9C41D7E20F5A83B6'.repeat(4)}`,
};

/** A contact with a name. */
export function contact(n: number, name: string, more: Partial<ContactView> = {}) {
  return { ...nameless(n), ...more, name };
}

function nameless(n: number): ContactView {
  return {
    id: id(n),
    moon: moon((n * 67) % 360, (n * 131) % 360, ((n * 53) % 180) - 90, 30 + ((n * 17) % 40), n % 2 === 0),
    stage: 'ready',
    connection: { state: 'mailbox' },
    unread: 0,
    since: NOW - 12 * DAY,
    address: 'shown',
    quarantined: 0,
    introduced: 'my-invite',
    trust: { state: 'introduced' },
    safety: SAFETY,
    proof: {},
    server: 'https://aside.example.org',
  };
}

export const BOB = contact(1, 'Bob', {
  moon: moon(200, 75, -28, 46),
  connection: { state: 'direct', roundTrip: 24 },
  unread: 2,
  last: { text: 'Shall we meet at the river instead?', from: 'them', at: NOW - MINUTE },
});

export const MAYA = contact(2, 'Maya', {
  moon: moon(25, 95, 20, 52, true),
  last: {
    text: 'You can close this, it carries on by itself.',
    from: 'me',
    at: NOW - 18 * MINUTE,
    delivery: { state: 'delivered' },
  },
});

export const TOM = contact(3, 'Tom Okafor', {
  moon: moon(290, 340, 60, 30),
  connection: { state: 'offline' },
  last: { text: 'I was thinking that we', from: 'me', at: NOW - 4 * DAY, delivery: { state: 'waiting' } },
});

export const INES = contact(4, 'Inês', {
  moon: moon(140, 180, -60, 62, true),
  stage: 'waiting',
  introduced: 'their-invite',
  connection: { state: 'connecting' },
});

/** Whose invite was accepted while their browser is closed: nobody has told their name. */
export const NAMELESS: ContactView = {
  ...nameless(6),
  stage: 'waiting',
  introduced: 'their-invite',
};

export const LONG = contact(5, 'Donaudampfschifffahrtsgesellschaftskapitän Maximilian', {
  unread: 128,
  last: {
    text: 'https://example.org/a/very/long/path/that/has/no/place/to/break/and/goes/on',
    from: 'them',
    at: NOW - 30 * DAY,
  },
});

/** Names and last words of every kind: written the other way, of pictures alone, too long, and years ago. */
export const OF_ALL_KINDS: readonly ContactView[] = [
  contact(30, 'شهرزاد البغدادي', {
    last: { text: 'نلتقي عند النهر الساعة 6, at the café?', from: 'them', at: NOW - 2 * MINUTE },
    unread: 1,
    trust: { state: 'compared', at: NOW - 5 * DAY, how: 'eye' },
  }),
  contact(31, 'שרה (2)', {
    last: { text: 'See you there!', from: 'me', at: NOW - DAY, delivery: { state: 'sent' } },
  }),
  contact(32, '🌙🦊', { last: { text: '👩‍👩‍👧‍👦🎉', from: 'them', at: NOW - 40 * DAY } }),
  contact(33, 'Wolfeschlegelsteinhausenbergerdorff', {
    last: {
      text: 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz',
      from: 'me',
      at: NOW - 400 * DAY,
      delivery: { state: 'delivered' },
    },
  }),
  contact(34, '林', { last: { text: '明天在河边见吗？', from: 'them', at: NOW - 900 * DAY } }),
];

/** Messages in several scripts, with long words and links, over three years. */
export const IN_ALL_SCRIPTS = [
  theirs(1, 'Happy new year!', new Date(2024, 0, 1, 0, 3).getTime()),
  mine(2, '🎉', new Date(2024, 0, 1, 0, 4).getTime(), { state: 'delivered' }),
  theirs(3, 'مرحبا Bob، نلتقي at 18:30 عند النهر؟', new Date(2025, 11, 31, 23, 58).getTime()),
  mine(4, 'I said “שלום, שרה (2)!” and left.', new Date(2026, 0, 1, 0, 1).getTime(), { state: 'delivered' }),
  theirs(5, 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz', NOW - 2 * DAY),
  mine(6, 'https://example.org/a/very/long/path?with=a&query=that#has-no-place-to-break', NOW - 2 * DAY, {
    state: 'delivered',
  }),
  theirs(7, '明天在河边见吗？我会带上那些图纸。', NOW - 3 * MINUTE),
  mine(8, 'נתראה מחר בשש ליד הנהר, אני מביאה את השרטוטים', NOW - MINUTE, { state: 'sent' }),
];

export const OPEN_INVITE: InviteView = {
  id: id(90),
  link: 'https://aside.example.org/i#AQBqmJ2wKf3xVt0mYh2cQ8sPz5rLdN7uJkWbXeGy4TaRHo9CiMv1sE6gUqZp',
  createdAt: NOW - DAY,
  expiresAt: NOW + 6 * DAY + 5 * MINUTE,
  state: 'open',
};

export const SPOKEN: SpokenView = {
  id: id(91),
  words: [1514, 2029, 1036],
  server: 'https://aside.example.org',
  expiresAt: NOW + 9 * MINUTE + 41_000,
  state: 'open',
};

export const PROPOSED: ProposedInvite = {
  link: OPEN_INVITE.link,
  server: 'https://aside.example.org',
  expiresAt: NOW + 6 * DAY,
};

export function ready(
  more: Partial<Extract<AppSnapshot, { phase: 'ready' }>> = {},
): Extract<AppSnapshot, { phase: 'ready' }> {
  return {
    phase: 'ready',
    me: { moon: moon(60, 250, -10, 40) },
    settings: SETTINGS,
    server: { state: 'online' },
    contacts: [BOB, MAYA, TOM, INES],
    invites: [],
    taken: [],
    lock: { passphrase: false },
    backup: { offered: false, made: NOW - 3 * DAY },
    updating: false,
    ...more,
  };
}

export function theirs(n: number, text: string, at: number): MessageView {
  return { id: id(1000 + n), from: 'them', text, at };
}

export function mine(n: number, text: string, at: number, delivery: Delivery): MessageView {
  return { id: id(1000 + n), from: 'me', text, at, delivery };
}

/** A message as a search for words in it finds it, which are given in their order in the text. */
export function found(
  contactId: string,
  { id, from, at, text }: MessageView,
  ...hits: readonly string[]
): FoundMessage {
  const excerpt: ExcerptPart[] = [];
  let rest = text;
  for (const hit of hits) {
    const start = rest.indexOf(hit);
    if (start > 0) excerpt.push({ text: rest.slice(0, start), hit: false });
    excerpt.push({ text: hit, hit: true });
    rest = rest.slice(start + hit.length);
  }
  if (rest !== '') excerpt.push({ text: rest, hit: false });
  return { contactId, id, from, at, excerpt };
}

const YESTERDAY = new Date(2026, 10, 2, 18, 20).getTime();

export function conversation(
  contactId: string,
  messages: readonly MessageView[],
  more: Partial<ConversationSnapshot> = {},
): ConversationSnapshot {
  return { contactId, messages, hasOlder: false, hasNewer: false, draft: '', keyChanges: [], ...more };
}

export const WITH_BOB = conversation(
  BOB.id,
  [
    theirs(1, 'Did the drawings arrive?', YESTERDAY),
    mine(2, 'All of them. The second one is lovely.', YESTERDAY + 11 * MINUTE, { state: 'delivered' }),
    mine(3, 'I put it over the desk.', YESTERDAY + 12 * MINUTE, { state: 'delivered' }),
    theirs(
      4,
      'Shall we meet at the river instead? The café is full of people who know us.',
      NOW - 3 * MINUTE,
    ),
    theirs(5, 'Half past six?', NOW - 2 * MINUTE),
    mine(6, 'On my way. Ten minutes.', NOW - MINUTE, { state: 'sent' }),
    mine(7, 'Save me a place', NOW, { state: 'waiting' }),
  ],
  { firstUnread: id(1004) },
);

export const WITH_MAYA = conversation(MAYA.id, [
  theirs(1, 'Send me the long version!', NOW - 25 * MINUTE),
  mine(2, 'Here it is, in two parts.\n\nFirst part: the harbour at six in the morning.', NOW - 20 * MINUTE, {
    state: 'failed',
    reason: 'mailbox-full',
  }),
  mine(3, 'You can close this, it carries on by itself.', NOW - 18 * MINUTE, { state: 'delivered' }),
]);

/** Enough to scroll, with all that text can be. */
export const WITH_LONG = conversation(
  LONG.id,
  Array.from({ length: 120 }, (_, n) => {
    const at = NOW - (120 - n) * 7 * MINUTE;
    const texts = [
      'Short.',
      'https://example.org/a/very/long/path/that/has/no/place/to/break/and/goes/on/and/on',
      'مرحبا، كيف حالك اليوم؟ نلتقي عند النهر.',
      'Several lines:\n  one\n  two\n\nand the end.',
      '🌙',
      'A longer thought that takes its time, wanders through a few clauses, and in the end asks for nothing but a patient reader.',
    ];
    const text = texts[n % texts.length] ?? '';
    return n % 3 === 0 ? mine(n, text, at, { state: 'delivered' }) : theirs(n, text, at);
  }),
);

/** More than a page holds, of which as many are unread as the list says. */
export const THOUSAND = conversation(
  LONG.id,
  Array.from({ length: 1000 }, (_, n) => theirs(n, `Message ${n}`, NOW - (1000 - n) * MINUTE)),
  { firstUnread: id(1000 + 1000 - LONG.unread) },
);
