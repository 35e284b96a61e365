/**
 * A session made anew (SPEC 12.3 to 12.8) as clauses of first-order logic, for a theorem prover (SPEC 13.16): somebody who
 * came back from a copy puts a bundle there, and the other, the reader, answers it by the handshake. Both know the attacker
 * as well, with other recovery secrets. One generation is over, one is asked for; who knows the secret of the two
 * reads every bundle.
 *
 * It errs on the side of the attacker: a side's fresh values stand for any number of answers under one name.
 */
import { type Broken, type Say, theory, type Vocabulary } from './terms.ts';

/** What a case leaves out. */
export type Part =
  | 'bundle signature'
  | 'generation in the signature'
  | 'reader in the signature'
  /** A bundle of a generation that is over is answered. */
  | 'look at the generation'
  /** The maker takes an answer of whoever it is. */
  | 'look at who answers'
  | 'DH1'
  | 'shared secret of the KEM'
  | 'pre-shared key'
  /** The server sees what the keys of 12.1 and 12.5 seal. */
  | 'sealing under the secret';

/** What an attacker can be given. */
export type Secret =
  | 'reader X25519'
  | 'reader Ed25519'
  | 'maker X25519'
  | 'maker Ed25519'
  | 'recovery secret'
  /** One-time keys of the generation that is over. */
  | 'old keys';

export type Goal =
  | 'the word of the reader'
  | 'the word of the maker'
  /** The maker has a session anew with the reader, who answered nothing. */
  | 'a session in the name of the reader'
  /** The reader answers a bundle that was made for somebody else. */
  | 'an answer to what was another’s';

export interface Case extends Broken {
  readonly goal: Goal;
  readonly without?: readonly Part[];
  /** From the beginning. */
  readonly has?: readonly Secret[];
  /** When it is over. */
  readonly takesLater?: readonly Secret[];
}

const SECRETS: Readonly<Record<Secret, readonly string[]>> = {
  'reader X25519': ['agree_r'],
  'reader Ed25519': ['sign_r'],
  'maker X25519': ['agree_m'],
  'maker Ed25519': ['sign_m'],
  'recovery secret': ['secret'],
  'old keys': ['once_agree(old)', 'once_kem(old)'],
};

const MAKER = 'identity(vk(sign_m),pub(agree_m))';
const READER = 'identity(vk(sign_r),pub(agree_r))';
const STRANGER = 'identity(vk(mallory),pub(mallory))';

const VOCABULARY: Vocabulary = {
  functions: {
    content: 3,
    signed: 2,
    said: 3,
    part: 3,
    transcript: 6,
    bundle_key: 1,
    hiding_key: 2,
    pre_shared: 2,
    session: 6,
  },
  tuples: ['content', 'signed', 'said', 'part'],
};

/** The clauses of a case. They are satisfiable exactly where the attacker's goal cannot be derived. */
export function clauses(one: Case): string {
  return theory(VOCABULARY, one, (say) => {
    for (const known of [MAKER, READER, 'old', 'new']) say([], `now(${known})`);
    for (const secret of one.has ?? []) for (const term of SECRETS[secret]) say([], `now(${term})`);
    for (const secret of one.takesLater ?? []) for (const term of SECRETS[secret]) say([], `later(${term})`);
    if (one.without?.includes('sealing under the secret')) {
      say([], 'now(bundle_key(secret))');
      for (const generation of ['old', 'new']) say([], `now(hiding_key(secret,${generation}))`);
    }
    maker(one, say);
    if (one.goal !== 'a session in the name of the reader') reader(one, say);
    say(GOALS[one.goal]);
  });
}

const GOALS: Readonly<Record<Goal, readonly string[]>> = {
  'the word of the reader': ['later(word_of_r)'],
  'the word of the maker': ['later(word_of_m)'],
  'a session in the name of the reader': ['begun'],
  'an answer to what was another’s': ['answered(pub(once_agree(strangers)))'],
};

/** What both sides compute (12.5). */
interface Agreed {
  readonly dh1: string;
  readonly dh2: string;
  readonly dh3: string;
  readonly shared: string;
  readonly secret: string;
  readonly generation: string;
  readonly transcript: readonly string[];
}

function sessionKey({ without = [] }: Case, agreed: Agreed): string {
  const unless = (part: Part, term: string) => (without.includes(part) ? 'nothing' : term);
  const { dh1, dh2, dh3, shared, secret, generation, transcript } = agreed;
  const inputs = [
    unless('DH1', dh1),
    dh2,
    dh3,
    unless('shared secret of the KEM', shared),
    unless('pre-shared key', `pre_shared(${secret},${generation})`),
    `transcript(${transcript})`,
  ];
  return `session(${inputs})`;
}

/** What a bundle's signature is over (12.3); the mailbox in it is the secret's and the reader's. */
function saidBy({ without = [] }: Case, maker: string, to: string, content: Content): string {
  const generation = without.includes('generation in the signature') ? 'nothing' : content.generation;
  const reader = without.includes('reader in the signature') ? 'nothing' : to;
  return `said(${maker},${reader},content(${generation},${content.agree},${content.kem}))`;
}

interface Content {
  readonly generation: string;
  readonly agree: string;
  readonly kem: string;
}

const contentOf = ({ generation, agree, kem }: Content) => `content(${generation},${agree},${kem})`;

/** Bundles of either generation for the reader, and of one for the attacker; and the answer to the present one. */
function maker(one: Case, say: Say): void {
  const made = (keys: string, generation: string): Content => ({
    generation,
    agree: `pub(once_agree(${keys}))`,
    kem: `ek(once_kem(${keys}))`,
  });
  for (const generation of ['old', 'new']) {
    const content = made(generation, generation);
    const signature = `sig(sign_m,${saidBy(one, MAKER, READER, content)})`;
    say([], `now(seal(bundle_key(secret),signed(${contentOf(content)},${signature})))`);
  }
  const theirs = made('strangers', 'new');
  say([], `now(signed(${contentOf(theirs)},sig(sign_m,${saidBy(one, MAKER, STRANGER, theirs)})))`);
  const { agree, kem } = made('new', 'new');
  const who: readonly (readonly [string, string])[] = one.without?.includes('look at who answers')
    ? [
        [READER, 'pub(agree_r)'],
        ['identity(V,P)', 'P'],
      ]
    : [[READER, 'pub(agree_r)']];
  for (const [peer, agreeKey] of who) {
    const ciphertext = `encapsulated(${kem},R)`;
    const key = sessionKey(one, {
      dh1: `dh(${agreeKey},once_agree(new))`,
      dh2: 'dh(E,agree_m)',
      dh3: 'dh(E,once_agree(new))',
      shared: `shared(${kem},R)`,
      secret: 'secret',
      generation: 'new',
      transcript: [peer, MAKER, agree, kem, 'E', ciphertext],
    });
    const came = [`now(seal(hiding_key(secret,new),part(${peer},E,${ciphertext})))`, `now(seal(${key},W))`];
    say(came, `now(seal(${key},word_of_m))`);
    say(came, 'begun');
  }
}

/** Who answers what a maker whom they know put there, the attacker too. */
function reader(one: Case, say: Say): void {
  say([], 'open(new)');
  if (one.without?.includes('look at the generation')) say([], 'open(old)');
  for (const [peer, sign, agreeKey, secret] of [
    [MAKER, 'sign_m', 'pub(agree_m)', 'secret'],
    [STRANGER, 'mallory', 'pub(mallory)', 'mallory'],
  ] as const) {
    const content = { generation: 'G', agree: 'O', kem: 'K' };
    const signature = one.without?.includes('bundle signature')
      ? 'S'
      : `sig(${sign},${saidBy(one, peer, READER, content)})`;
    const came = ['open(G)', `now(seal(bundle_key(${secret}),signed(${contentOf(content)},${signature})))`];
    const [E, R] = ['ephemeral(G,O,K)', 'encapsulating(G,O,K)'];
    const ciphertext = `encapsulated(K,${R})`;
    const key = sessionKey(one, {
      dh1: 'dh(O,agree_r)',
      dh2: `dh(${agreeKey},${E})`,
      dh3: `dh(O,${E})`,
      shared: `shared(K,${R})`,
      secret,
      generation: 'G',
      transcript: [READER, peer, 'O', 'K', `pub(${E})`, ciphertext],
    });
    say(came, `now(seal(hiding_key(${secret},G),part(${READER},pub(${E}),${ciphertext})))`);
    say(came, `now(seal(${key},${peer === MAKER ? 'word_of_r' : 'small_talk'}))`);
    if (peer === MAKER) say(came, 'answered(O)');
  }
}
