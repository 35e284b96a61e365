/**
 * The ways back that introductions left (SPEC 12), as a contact's row holds them, and the rules about them that need
 * neither clock nor network: which one is used, which bundle is answered, what is remembered.
 */
import {
  CryptoError,
  compareIdentities,
  decodeIdentity,
  decodeRecoveryKeys,
  type Identity,
  type IdentityKeys,
  mailboxIdOf,
  openRenewed,
  type RecoveryBundle,
  type RecoveryKeys,
  recoveryMailboxKey,
  type Session,
  wipeWithin,
} from '@aside/wasm-crypto';
import { type Content, ContentError, contentOf, type Profile } from '../content.ts';
import { sameBytes, toHex } from '../encoding.ts';
import type { ContactRow, RecoveryRow } from '../storage/rows.ts';

export type Way = RecoveryRow['ways'][number];

/** Introductions whose ways are kept: a copy older than as many of them can only be brought back by another invite. */
export const WAYS_MAX = 3;
/** Bundles that are remembered, so that a copy of one is no news: more than their pace makes in months. */
const HANDLED_MAX = 32;
/** A bundle is told from every other by its end, which is its seal's tag. Bytes. */
const TAG_BYTES = 16;

/** The way that an introduction opens. */
export function newWay(input: {
  secret: Uint8Array;
  me: Identity;
  peer: Identity;
  /** Where I read and where they do. */
  servers: { readonly mine: string; readonly theirs: string };
  accepted: boolean;
  at: number;
}): Way {
  const { secret, me, peer, servers, accepted, at } = input;
  return {
    secret,
    generation: 0,
    read: { key: recoveryMailboxKey(secret, me), server: servers.mine },
    write: { id: mailboxIdOf(recoveryMailboxKey(secret, peer)), server: servers.theirs },
    accepted,
    at,
  };
}

/** After an introduction: its way is the first, and those before it are kept where it is the same person. */
export function introduced(way: Way, before: RecoveryRow | undefined): RecoveryRow {
  const fresh = { count: 0, at: 0 };
  const known = before?.ways ?? [];
  // The newest also by a clock that was put back: both sides have to agree on which is the older of two.
  const at = Math.max(way.at, ...known.map((one) => one.at + 1));
  const ways = [{ ...way, at }, ...known].slice(0, WAYS_MAX);
  const { asked = fresh, answered = fresh, handled = [] } = before ?? {};
  return { ways, suspect: false, asked, answered, handled };
}

/** The row after a session was made over a way: my bundle is of no use any more, and nothing is suspected. */
export function settled(row: RecoveryRow, used: Way): RecoveryRow {
  const others = row.ways.filter(({ secret }) => !sameBytes(secret, used.secret));
  const { asked, answered, handled } = row;
  return { ways: [used, ...others], suspect: false, asked, answered, handled };
}

/**
 * The row where each side took the session that the other one began for the later (SPEC 12.9): by their own clocks they
 * would never agree on which is the older. For both it is the one that the higher key began.
 */
export function uncrossed(row: RecoveryRow, isLower: boolean): RecoveryRow {
  const [newer, older, ...others] = row.ways;
  if (newer === undefined || older === undefined) return row;
  if (newer.accepted === isLower || older.accepted !== isLower) return row;
  return { ...row, ways: [{ ...older, at: newer.at }, { ...newer, at: older.at }, ...others] };
}

/** The way that my bundle was made over, while it waits for its answer. */
export function wayOfMine({ mine, ways }: RecoveryRow): Way | undefined {
  return mine === undefined ? undefined : ways.find(({ secret }) => sameBytes(secret, mine.secret));
}

/** The way before the one that my bundle was made over, the newest again after the oldest; nothing where there is one only. */
export function wayBeforeMine(row: RecoveryRow): Way | undefined {
  const present = wayOfMine(row);
  if (present === undefined || row.ways.length < 2) return undefined;
  return row.ways[(row.ways.indexOf(present) + 1) % row.ways.length];
}

/** Whether a first word says that its session follows the present one (SPEC 12.9). */
export function followsPresent({ ways: [way] }: RecoveryRow, { follows }: Profile): boolean {
  return way?.generation === 0 && follows === toHex(way.write.id);
}

/** What a bundle is remembered by. */
export function tagOf(bundle: Uint8Array): string {
  return toHex(bundle.subarray(-TAG_BYTES));
}

export function remember(row: RecoveryRow, tag: string): RecoveryRow {
  return { ...row, handled: [...row.handled, tag].slice(-HANDLED_MAX) };
}

/**
 * What becomes of a bundle of theirs (SPEC 12.8): answered, or ignored, where mine stands against it, or `old`: of a
 * generation that is over, which nobody makes who is not behind.
 */
export function judge(
  row: RecoveryRow,
  way: Way,
  bundle: RecoveryBundle,
  sides: { readonly me: Identity; readonly peer: Identity },
): 'answer' | 'ignore' | 'old' {
  if (bundle.generation <= way.generation) return 'old';
  const { mine } = row;
  if (mine === undefined) return 'answer';
  if (!sameBytes(mine.secret, way.secret)) {
    // Over different ways the older one counts: only one of the two may know the newer.
    const ours = row.ways.find(({ secret }) => sameBytes(secret, mine.secret));
    return ours === undefined || way.at < ours.at ? 'answer' : 'ignore';
  }
  if (mine.generation !== bundle.generation) return mine.generation < bundle.generation ? 'answer' : 'ignore';
  return compareIdentities(sides.me, sides.peer) < 0 ? 'ignore' : 'answer';
}

/** What an envelope says that answers my bundle; `undefined` where it does not. */
export function openAnswer(
  me: IdentityKeys,
  row: ContactRow,
  envelope: Uint8Array,
): { readonly session: Session; readonly content: Content; readonly way: Way } | undefined {
  const { mine } = row.recovery;
  const way = wayOfMine(row.recovery);
  if (mine === undefined || way === undefined) return undefined;
  let keys: RecoveryKeys | undefined;
  try {
    keys = decodeRecoveryKeys(mine.keys);
    const pair = { me, peer: decodeIdentity(row.peer), recovery: way.secret };
    const { session, plaintext } = openRenewed(pair, keys, envelope);
    const { generation } = mine;
    return { session, content: contentOf(plaintext), way: { ...way, generation } };
  } catch (error) {
    if (error instanceof CryptoError || error instanceof ContentError) return undefined;
    throw error;
  } finally {
    wipeWithin(keys);
  }
}
