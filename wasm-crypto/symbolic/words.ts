/**
 * An invite by three words (SPEC 11) as clauses of first-order logic, for a theorem prover (SPEC 13.16). CPace's group has
 * one equation, that of Diffie-Hellman; a generator is a point that whoever has the words can name and nobody else. What
 * the words are worth once all is over shows whether they can be tried on what was recorded: an attacker to whom the right
 * ones are given then must not be able to tell that they are right.
 *
 * It errs on the side of the attacker: one answer of the inviter stands for as many as are asked for, so that how often
 * somebody may guess is not in it.
 */
import { type Broken, type Say, theory, type Vocabulary } from './terms.ts';

/** What a case leaves out. */
export type Part =
  /** The words are in the key instead. */
  | 'words in the generator'
  /** Both sides prove under one label. */
  | 'a label for each proof'
  | 'reply mailbox in the key'
  /** The invite goes beside the inviter's proof. */
  | 'sealing of the invite';

export type Goal =
  /** What the inviter hands over. */
  | 'the invite'
  /** A key to tell right words by, of either side. */
  | 'something to try words on'
  /** The accepter is proven the words to, and no inviter is there. */
  | 'a proof of nobody’s'
  /** The accepter takes an invite that is not the inviter's. */
  | 'an invite in the place of the invite'
  /** The two have one key, and the inviter answers where the accepter does not read. */
  | 'an answer led elsewhere';

export interface Case extends Broken {
  readonly goal: Goal;
  readonly without?: readonly Part[];
  /** When the attacker has the words: before they are said to anybody, when all is over, or never. */
  readonly words?: 'now' | 'later';
}

const VOCABULARY: Vocabulary = {
  functions: { share: 2, agreed: 2, generator: 2, isk: 6, proof_key: 1, seal_key: 1, mac: 2 },
  tuples: [],
};

const GOALS: Readonly<Record<Goal, readonly string[]>> = {
  'the invite': ['later(invite(N))'],
  'something to try words on': ['has(words(N),K)', 'later(K)'],
  'a proof of nobody’s': ['proven(words(N))'],
  'an invite in the place of the invite': ['taken(words(N),mallory)'],
  'an answer led elsewhere': ['asked(words(N),K)', 'answered(K,mallory)'],
};

/** The clauses of a case. They are satisfiable exactly where the attacker's goal cannot be derived. */
export function clauses(one: Case): string {
  return theory(VOCABULARY, one, (say) => {
    say([], 'agreed(share(G,X),Y) = agreed(share(G,Y),X)');
    // Where the first word leads, and what the proofs are made under.
    for (const known of ['mailbox', 'accepter', 'inviter']) say([], `now(${known})`);
    if (one.words !== undefined) say([], `${one.words}(words(N))`);
    accepter(one, say);
    if (one.goal !== 'a proof of nobody’s') inviter(one, say);
    say(GOALS[one.goal]);
  });
}

/** The key of 11.1 from the point that both come to, the two shares, where answers go, and the words mailbox. */
function key(
  { without = [] }: Case,
  words: string,
  point: string,
  a: string,
  reply: string,
  b: string,
): string {
  const said = without.includes('words in the generator') ? words : 'nothing';
  const led = without.includes('reply mailbox in the key') ? 'nothing' : reply;
  return `isk(${point},${a},${led},${b},mailbox,${said})`;
}

function generatorOf({ without = [] }: Case, words: string): string {
  return `generator(${without.includes('words in the generator') ? 'nothing' : words},mailbox)`;
}

const label = ({ without = [] }: Case, whose: string) =>
  without.includes('a label for each proof') ? 'accepter' : whose;

/** Whoever was told words L, an inviter's or the attacker's. */
function accepter(one: Case, say: Say): void {
  say([], 'told(words(N))');
  say(['now(L)'], 'told(L)');
  const [mine, reply] = [`share(${generatorOf(one, 'L')},asking(L))`, 'reply(L)'];
  say(['told(L)'], `now(${mine})`);
  say(['told(L)'], `now(${reply})`);
  const isk = key(one, 'L', 'agreed(S,asking(L))', mine, reply, 'S');
  const came = ['told(L)', 'now(S)'];
  say(came, `now(mac(proof_key(${isk}),accepter))`);
  say(came, `has(L,proof_key(${isk}))`);
  say(came, `asked(L,${isk})`);
  const proof = `now(mac(proof_key(${isk}),${label(one, 'inviter')}))`;
  say([...came, proof], 'proven(L)');
  const invite = one.without?.includes('sealing of the invite') ? 'now(T)' : `now(seal(seal_key(${isk}),T))`;
  say([...came, proof, invite], 'taken(L,T)');
}

/** The inviter of words N, whoever asks. */
function inviter(one: Case, say: Say): void {
  const mine = `share(${generatorOf(one, 'words(N)')},answering(N))`;
  say([], `now(${mine})`);
  const isk = key(one, 'words(N)', 'agreed(S,answering(N))', 'S', 'R', mine);
  const came = ['now(S)', 'now(R)'];
  say(came, `has(words(N),proof_key(${isk}))`);
  const proof = `now(mac(proof_key(${isk}),accepter))`;
  say([...came, proof], `now(mac(proof_key(${isk}),${label(one, 'inviter')}))`);
  say([...came, proof], `answered(${isk},R)`);
  if (one.without?.includes('sealing of the invite')) say([], 'now(invite(N))');
  else say([...came, proof], `now(seal(seal_key(${isk}),invite(N)))`);
}
