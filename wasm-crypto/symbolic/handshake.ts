/**
 * The handshake by an invite (SPEC 4 and 5) as clauses of first-order logic, for a theorem prover (SPEC 13.16). Any number
 * of sessions of two honest people, who talk with the attacker's identities too.
 *
 * It errs on the side of the attacker: a session's fresh values stand for any number of sessions under one name, and an
 * accepter answers each bundle that fits the link. So what a prover cannot derive, no attacker has; an attack that it does
 * derive may be none.
 */

import { type Broken, type Say, theory, type Vocabulary } from './terms.ts';

/** What a case leaves out of the handshake, so that it is seen what each part is there for. */
export type Part =
  | 'bundle signature'
  | 'rendezvous in the signature'
  | 'DH1'
  | 'DH3'
  | 'shared secret of the KEM'
  | 'pre-shared key'
  | 'transcript'
  /** The server sees what the link's keys of 4.2 seal. */
  | 'sealing under the link';

/** What an attacker can be given: the secrets of the accepter, of the inviter, and of each link. */
export type Secret = 'accepter X25519' | 'accepter Ed25519' | 'inviter X25519' | 'inviter Ed25519' | 'link';

/** What the attacker wants. */
export type Goal =
  /** What the accepter writes to the inviter. */
  | 'the word of the accepter'
  /** What the inviter writes to the accepter. */
  | 'the word of the inviter'
  /** The inviter has a session with the accepter, who never accepted anything. */
  | 'a session in the name of the accepter'
  /** The two have the same keys, and the inviter takes the accepter for the attacker. */
  | 'two views of one session';

export interface Case extends Broken {
  readonly goal: Goal;
  readonly without?: readonly Part[];
  /** From the beginning. */
  readonly has?: readonly Secret[];
  /** When it is over. */
  readonly takesLater?: readonly Secret[];
}

const SECRETS: Readonly<Record<Secret, string>> = {
  'accepter X25519': 'agree_i',
  'accepter Ed25519': 'sign_i',
  'inviter X25519': 'agree_r',
  'inviter Ed25519': 'sign_r',
  // Of every invite N.
  link: 'link_secret(N)',
};

const ACCEPTER = 'identity(vk(sign_i),pub(agree_i))';
const INVITER = 'identity(vk(sign_r),pub(agree_r))';
/** Somebody's X25519 key under an Ed25519 key of the attacker's, which 3.1 allows. */
const MISBOUND = 'identity(vk(mallory),pub(agree_i))';

/** The last five are those of 4.2 and 5.3. */
const VOCABULARY: Vocabulary = {
  functions: {
    bundle: 3,
    signed: 2,
    said: 2,
    part: 3,
    transcript: 6,
    rendezvous: 1,
    bundle_key: 1,
    hiding_key: 1,
    pre_shared: 1,
    session: 6,
  },
  tuples: ['bundle', 'signed', 'said', 'part'],
};

/** The clauses of a case. They are satisfiable exactly where the attacker's goal cannot be derived. */
export function clauses(one: Case): string {
  return theory(VOCABULARY, one, (say) => {
    // Names and public keys, and anything that honest people say to the attacker's identities.
    for (const known of [ACCEPTER, INVITER]) say([], `now(${known})`);
    for (const secret of one.has ?? []) say([], `now(${SECRETS[secret]})`);
    for (const secret of one.takesLater ?? []) say([], `later(${SECRETS[secret]})`);
    inviter(one, say);
    if (one.goal !== 'a session in the name of the accepter') accepter(one, say);
    say(GOALS[one.goal]);
  });
}

const GOALS: Readonly<Record<Goal, readonly string[]>> = {
  'the word of the accepter': ['later(word_of_i(M))'],
  'the word of the inviter': ['later(word_of_r(N))'],
  'a session in the name of the accepter': ['begun(N)'],
  'two views of one session': [`accepted(K,${INVITER})`, `answered(K,${MISBOUND})`],
};

/** What both sides compute (5.1 to 5.3): each part as it is, or nothing in its place. */
interface Agreed {
  readonly dh1: string;
  readonly dh2: string;
  readonly dh3: string;
  readonly shared: string;
  readonly link: string;
  readonly transcript: readonly string[];
}

function sessionKey({ without = [] }: Case, { dh1, dh2, dh3, shared, link, transcript }: Agreed): string {
  const unless = (part: Part, term: string) => (without.includes(part) ? 'nothing' : term);
  const inputs = [
    unless('DH1', dh1),
    dh2,
    unless('DH3', dh3),
    unless('shared secret of the KEM', shared),
    unless('pre-shared key', `pre_shared(${link})`),
    unless('transcript', `transcript(${transcript})`),
  ];
  return `session(${inputs})`;
}

/** What the signature of a bundle at a link's rendezvous is over (4.3). */
function saidAt({ without = [] }: Case, link: string, bundle: string): string {
  return `said(${without.includes('rendezvous in the signature') ? 'nothing' : `rendezvous(${link})`},${bundle})`;
}

/** Invite N of the inviter's: its link, its bundle, and the answer to the first envelope that opens. */
function inviter(one: Case, say: Say): void {
  const [O, K] = ['once_agree(N)', 'once_kem(N)'];
  const link = 'link_secret(N)';
  const bundle = `bundle(${INVITER},pub(${O}),ek(${K}))`;
  say([], `now(rendezvous(${link}))`);
  say([], `now(seal(bundle_key(${link}),signed(${bundle},sig(sign_r,${saidAt(one, link, bundle)}))))`);
  say([], `link(${link},${INVITER})`);
  if (one.without?.includes('sealing under the link')) {
    say([], `now(bundle_key(${link}))`);
    say([], `now(hiding_key(${link}))`);
  }
  for (const [peer, agree] of [
    [ACCEPTER, 'pub(agree_i)'],
    ['identity(V,P)', 'P'],
  ] as const) {
    const ciphertext = `encapsulated(ek(${K}),R)`;
    const key = sessionKey(one, {
      dh1: `dh(${agree},${O})`,
      dh2: 'dh(E,agree_r)',
      dh3: `dh(E,${O})`,
      shared: `shared(ek(${K}),R)`,
      link,
      transcript: [peer, INVITER, `pub(${O})`, `ek(${K})`, 'E', ciphertext],
    });
    const came = [`now(seal(hiding_key(${link}),part(${peer},E,${ciphertext})))`, `now(seal(${key},W))`];
    say(came, `now(seal(${key},${peer === ACCEPTER ? 'word_of_r(N)' : 'small_talk'}))`);
    say(came, `answered(${key},${peer})`);
    if (peer === ACCEPTER) say(came, 'begun(N)');
  }
}

/** Session M of the accepter's with a link L: the inviter's own, or one that the attacker handed out for any identity. */
function accepter(one: Case, say: Say): void {
  say(['now(L)', 'now(J)'], 'link(L,J)');
  for (const [peer, sign, agree] of [
    [INVITER, 'sign_r', 'pub(agree_r)'],
    ['identity(vk(X),P)', 'X', 'P'],
  ] as const) {
    const bundle = `bundle(${peer},O,K)`;
    const signature = one.without?.includes('bundle signature')
      ? 'G'
      : `sig(${sign},${saidAt(one, 'L', bundle)})`;
    const came = [`link(L,${peer})`, `now(seal(bundle_key(L),signed(${bundle},${signature})))`];
    const [E, R] = ['ephemeral(M,L)', 'encapsulating(M,L)'];
    const ciphertext = `encapsulated(K,${R})`;
    const key = sessionKey(one, {
      dh1: 'dh(O,agree_i)',
      dh2: `dh(${agree},${E})`,
      dh3: `dh(O,${E})`,
      shared: `shared(K,${R})`,
      link: 'L',
      transcript: [ACCEPTER, peer, 'O', 'K', `pub(${E})`, ciphertext],
    });
    say(came, `now(seal(hiding_key(L),part(${ACCEPTER},pub(${E}),${ciphertext})))`);
    say(came, `now(seal(${key},${peer === INVITER ? 'word_of_i(M)' : 'small_talk'}))`);
    say(came, `accepted(${key},${peer})`);
  }
}
