/** Every decoder of the engine, of the bridge and of the wire that engine and server share. */
import {
  type ClientFrame,
  decodeAbout,
  decodeClientFrame,
  decodeServerFrame,
  encodeAbout,
  encodeClientFrame,
  encodeServerFrame,
  OUTCOMES,
  type Outcome,
  REFUSALS,
  type Refusal,
  type ServerFrame,
  WireError,
} from '@aside/signal/protocol';
import * as v from 'valibot';
import {
  decoder,
  equal,
  Finding,
  latin1,
  settles,
  type Target,
  utf8,
} from '../../wasm-crypto/fuzz/target.ts';
import { readIncoming } from '../bridge/incoming.ts';
import {
  AddressError,
  canonicalServer,
  inviteLink,
  readInviteLink,
  readTypedServer,
  serverWithPass,
} from '../engine/address.ts';
import { decodeSignal, encodeSignal, type Signal } from '../engine/connections/signals.ts';
import { ContentError, decodeContent, decodeNote, encodeContent, encodeNote } from '../engine/content.ts';
import { decodeRow, encodeRow, SCHEMAS, type TableName } from '../engine/storage/rows.ts';

const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const id = '00112233445566778899aabbccddeeff';
const server = 'https://aside.example.org';
const mailbox = { id: 'ab'.repeat(32), server };
const some = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at & 255);

const contents = [
  {
    v: 1,
    kind: 'text',
    number: 3,
    run: { id: '01234567', base: 1 },
    seen: 2,
    of: '01234567',
    clock: 12,
    id,
    order: 12,
    begun: 7,
    text: 'Grüße',
  },
  { v: 1, kind: 'text', number: 3, seen: 2, before: true, clock: 9, id, order: 2, begun: 8, text: 'x' },
  { v: 1, kind: 'receipt', seen: 9, clock: 0, beyond: [11, 12] },
  { v: 1, kind: 'void', number: 4, seen: 0, clock: 0 },
  { v: 1, kind: 'proof', number: 5, seen: 0, clock: 0, text: '-----BEGIN PGP SIGNED MESSAGE-----' },
  {
    v: 1,
    kind: 'profile',
    number: 1,
    seen: 0,
    clock: 0,
    first: true,
    name: 'A',
    mailbox,
    follows: 'cd'.repeat(32),
  },
];

/** A row by the number of its table in front. */
const TABLES = Object.keys(SCHEMAS) as TableName[];
const tableOf = (input: Uint8Array): TableName => TABLES[(input[0] ?? 0) % TABLES.length] as TableName;
const rowInput = (table: TableName, row: Uint8Array): Uint8Array =>
  Uint8Array.of(TABLES.indexOf(table), ...row);
const rows: readonly Uint8Array[] = [
  rowInput('drafts', encodeRow({ text: 'x' })),
  rowInput('outbox', encodeRow({ contact: 'c', number: 3, via: 'none', at: 1, envelope: some(9) })),
  rowInput('quarantine', encodeRow({ contact: 'c', at: 1, envelope: some(9) })),
  Uint8Array.of(TABLES.indexOf('outbox'), 15, 0, 0, 0, ...utf8('{"$bytes":null}')),
  rowInput('sessions', encodeRow({ state: some(9), earlier: { state: some(4), until: 5 } })),
  rowInput('passes', encodeRow({ passes: [{ server, pass: some(3), from: 'guest' }] })),
  rowInput(
    'messages',
    encodeRow({ id, from: 'me', number: 1, text: 'x', at: 1, delivery: { state: 'sent' } }),
  ),
];

const open = { request: 1, mailbox: some(32) };
const clientFrames: readonly ClientFrame[] = [
  { type: 'open', ...open, key: some(32), pass: some(4) },
  { type: 'close', ...open },
  { type: 'send', ...open, envelope: some(20) },
  { type: 'live', ...open, envelope: some(20) },
  { type: 'ack', ...open, sequence: 7 },
  { type: 'turn', request: 1 },
  { type: 'ping', request: 1 },
  { type: 'lend-word', ...open, wish: 9 },
  { type: 'resolve-word', request: 1, word: 9 },
  { type: 'mint', request: 1, pass: some(4) },
];
const serverFrames: readonly ServerFrame[] = [
  { type: 'opened', ...open, waiting: 1, retention: 2 },
  { type: 'refused', ...open, reason: Object.keys(REFUSALS)[0] as Refusal, retryAfter: 5 },
  { type: 'deliver', mailbox: some(32), sequence: 1, envelope: some(20) },
  { type: 'deliver-live', mailbox: some(32), envelope: some(20) },
  { type: 'answers', runs: [{ first: 1, count: 2, outcome: Object.keys(OUTCOMES)[0] as Outcome }] },
  { type: 'pong', request: 1 },
  { type: 'taken', mailbox: some(32) },
  { type: 'word-lent', ...open, word: 9, seconds: 600 },
  { type: 'word-found', ...open },
  { type: 'guest-pass', request: 1, pass: some(4) },
  {
    type: 'turn-credentials',
    request: 1,
    credentials: { urls: ['turn:a.example'], username: 'u', credential: 'c', ttl: 60 },
  },
];

const call = (command: unknown) => json({ to: 'engine', view: 'v', kind: 'call', call: 1, command });
const from = { to: 'engine', view: 'v' };

const contentRefusals = (error: unknown) => (error instanceof ContentError ? error.code : undefined);
const addressRefusals = (error: unknown) => (error instanceof AddressError ? error.code : undefined);
const wireRefusals = (error: unknown) =>
  error instanceof WireError ? `${error.code} ${error.message}`.replaceAll(/\d+/g, 'n') : undefined;
const rowRefusals = (error: unknown) =>
  error instanceof v.ValiError || error instanceof SyntaxError || error instanceof RangeError
    ? error.name
    : undefined;

const addressed = (signal: Signal): Uint8Array => encodeSignal(signal, signal.to);

export const engineTargets: Record<string, Target> = {
  content: decoder({
    maxBytes: 700,
    seeds: contents.map(json),
    refusals: contentRefusals,
    decode: decodeContent,
    encode: encodeContent,
    same: settles(decodeContent, encodeContent),
  }),
  'recovery-note': decoder({
    maxBytes: 400,
    seeds: [json({ v: 1, mailbox })],
    refusals: () => undefined,
    decode: decodeNote,
    encode: encodeNote,
    same: settles(decodeNote, encodeNote),
  }),
  signal: decoder({
    maxBytes: 500,
    seeds: [
      json({ v: 1, kind: 'offer', to: 0, sdp: 'v=0\r\n' }),
      json({ v: 1, kind: 'answer', to: 3, sdp: '' }),
      json({ v: 1, kind: 'candidates', to: 3, list: [{ candidate: 'candidate:1 1 udp', mid: '0' }] }),
    ],
    refusals: () => undefined,
    decode: decodeSignal,
    encode: addressed,
    same: settles(decodeSignal, addressed),
  }),
  row: decoder({
    maxBytes: 600,
    seeds: rows,
    refusals: rowRefusals,
    decode: (input) => {
      const table = tableOf(input);
      return { table, row: decodeRow(table, input.subarray(1)) };
    },
    encode: ({ table, row }) => rowInput(table, encodeRow(row)),
    same: (_input, encoded) => {
      const table = tableOf(encoded);
      return equal(rowInput(table, encodeRow(decodeRow(table, encoded.subarray(1)))), encoded);
    },
  }),
  'server-address': decoder({
    maxBytes: 230,
    seeds: [
      'aside.example.org',
      'wss://a.example:444/x',
      '[::1]:8080',
      'http://127.0.0.1',
      'https://a.example/#pass=abc',
    ].map(utf8),
    refusals: addressRefusals,
    decode: (input) => readTypedServer(latin1(input)),
    encode: (typed) => utf8(serverWithPass(typed)),
    // An address has many spellings and one canonical one, which is its own.
    same: (_input, encoded) =>
      equal(utf8(serverWithPass(readTypedServer(new TextDecoder().decode(encoded)))), encoded),
  }),
  'server-address-unicode': decoder({
    maxBytes: 230,
    seeds: ['bücher.example', '點看.example', 'ａ.example'].map(utf8),
    refusals: addressRefusals,
    decode: (input) => canonicalServer(new TextDecoder().decode(input)),
    encode: utf8,
    same: (_input, encoded) =>
      canonicalServer(new TextDecoder().decode(encoded)) === new TextDecoder().decode(encoded),
  }),
  'invite-link': decoder({
    maxBytes: 420,
    seeds: [`${server}/i#${'A'.repeat(76)}`, `http://localhost:8080/i#${'b'.repeat(20)}`].map(utf8),
    refusals: addressRefusals,
    decode: (input) => readInviteLink(latin1(input)),
    encode: ({ server: at, text }) => utf8(inviteLink(at, text)),
    same: (input, encoded) => latin1(input).trim() === latin1(encoded),
  }),
  bridge: {
    maxBytes: 500,
    seeds: [
      json({ ...from, kind: 'hello' }),
      json({
        ...from,
        kind: 'watch',
        watching: 1,
        watch: { topic: 'conversation', contactId: 'c', limit: 5 },
      }),
      json({ ...from, kind: 'unwatch', watching: 1 }),
      call({ type: 'send', contactId: 'c', text: 'x' }),
      call({ type: 'change-settings', change: { name: 'A', openAs: 'popup', autoLock: 'never' } }),
      call({ type: 'accept-words', words: [1, 2, 3] }),
      call({
        type: 'search-messages',
        text: 'x',
        after: { conversations: [{ contactId: 'c', reached: 1 }] },
      }),
      call({ type: 'search-changes', text: 'x', since: 1 }),
      call({ type: 'unlock', passphrase: 'x' }),
    ],
    run(input) {
      let data: unknown;
      try {
        data = JSON.parse(new TextDecoder().decode(input));
      } catch {
        return 'no JSON';
      }
      const read = readIncoming(data);
      if (read === undefined) return 'nothing';
      if (JSON.stringify(readIncoming(read)) !== JSON.stringify(read))
        throw new Finding('reads otherwise again');
      return read.kind;
    },
  },
  'wire-client-frame': decoder({
    maxBytes: 4300,
    seeds: clientFrames.map(encodeClientFrame),
    refusals: wireRefusals,
    decode: decodeClientFrame,
    encode: encodeClientFrame,
  }),
  'wire-server-frame': decoder({
    maxBytes: 4300,
    seeds: serverFrames.map(encodeServerFrame),
    refusals: wireRefusals,
    decode: decodeServerFrame,
    encode: encodeServerFrame,
  }),
  'wire-about': decoder({
    maxBytes: 300,
    seeds: [utf8(encodeAbout({ aside: 1, relay: true, pass: false }))],
    refusals: wireRefusals,
    decode: (input) => decodeAbout(new TextDecoder().decode(input)),
    encode: (about) => utf8(encodeAbout(about)),
    same: settles(
      (bytes) => decodeAbout(new TextDecoder().decode(bytes)),
      (about) => utf8(encodeAbout(about)),
    ),
  }),
};
