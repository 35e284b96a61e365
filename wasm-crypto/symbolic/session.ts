/**
 * Steps of the session (SPEC 6.1, 6.2, 6.5) as clauses of first-order logic, for a theorem prover (SPEC 13.16): one session
 * of two honest people, whose chains they begin in turn, the initiator's first. Each is a key block under the header key
 * that was agreed on before, and one message. The attacker listens, and has what was on a side's disk at some time.
 *
 * An attacker who takes part may be given as well, and a side then takes whatever opens: that finds attacks, and
 * comes to no end where there is none.
 */
import { type Broken, type Say, theory, type Vocabulary } from './terms.ts';

/** What a case leaves out of a step. */
export type Part =
  | 'X25519 of the step'
  | 'ML-KEM of the step'
  /** A message is sealed under the chain key itself. */
  | 'step of the chain';

/** What a side has on its disk after it began a chain, or took it in. */
export type State =
  /** Of who began it, once its message was sealed. */
  | `begun ${number}`
  /** Of who took it in, and has begun nothing since. */
  | `taken ${number}`
  /** The pair of keys for this chain, made ahead of it. */
  | `ahead ${number}`;

/** What the attacker wants: the message of a chain. */
export type Goal = `word ${number}`;

export interface Case extends Broken {
  readonly goal: Goal;
  readonly without?: readonly Part[];
  /** From the beginning. */
  readonly has?: readonly State[];
  /** When it is over. */
  readonly takesLater?: readonly State[];
  /** The attacker does not only listen: a side takes what comes from anybody. */
  readonly takesPart?: boolean;
}

/** How many chains are begun: as many as a case speaks of. */
function chainsOf({ goal, has = [], takesLater = [] }: Case): number {
  return Math.max(...[goal, ...has, ...takesLater].map((one) => Number(one.split(' ')[1])));
}

const VOCABULARY: Vocabulary = {
  functions: { block: 3, step: 4, root: 1, chain: 1, header: 1, live: 1, next: 1, message: 1 },
  tuples: ['block'],
};

/** What the handshake's secret becomes; what chain 1 answers are the one-time keys, which count as those of chain 0. */
const START = 'start';

const blockOf = (chain: number, answered: string) =>
  `block(pub(agree${chain}),ek(kem${chain}),encapsulated(${answered},encapsulating${chain}))`;

function stepOf({ without = [] }: Case, before: string, agreement: string, shared: string, block: string) {
  const unless = (part: Part, term: string) => (without.includes(part) ? 'nothing' : term);
  return `step(root(${before}),${unless('X25519 of the step', agreement)},${unless('ML-KEM of the step', shared)},${block})`;
}

const messageKey = ({ without = [] }: Case, step: string) =>
  without.includes('step of the chain') ? `chain(${step})` : `message(chain(${step}))`;

/** Each step as it is where nobody meddles. */
function honest(one: Case): string[] {
  const steps = [START];
  for (let chain = 1; chain <= chainsOf(one); chain++) {
    const [answered, fresh] = [`agree${chain - 1}`, `agree${chain}`];
    const block = blockOf(chain, `ek(kem${chain - 1})`);
    const shared = `shared(ek(kem${chain - 1}),encapsulating${chain})`;
    steps.push(stepOf(one, steps[chain - 1] as string, `dh(pub(${answered}),${fresh})`, shared, block));
  }
  return steps;
}

/** What is in a state (6.9). */
function termsOf(one: Case, state: State): string[] {
  const [what, number] = state.split(' ');
  const chain = Number(number);
  const own = [`agree${chain}`, `kem${chain}`];
  if (what === 'ahead') return own;
  const steps = honest(one);
  const of = (at: number) => steps[at] as string;
  const kept = (at: number) => {
    const key = `chain(${of(at)})`;
    return at === 0 ? [] : [one.without?.includes('step of the chain') ? key : `next(${key})`];
  };
  const common = [`root(${of(chain)})`, `header(${of(chain)})`, `live(${of(chain)})`, ...kept(chain)];
  return what === 'begun' ? [...common, ...own, ...(chain > 1 ? kept(chain - 1) : [])] : common;
}

/** The clauses of a case. They are satisfiable exactly where the attacker's goal cannot be derived. */
export function clauses(one: Case): string {
  return theory(VOCABULARY, one, (say) => {
    say([], 'now(pub(agree0))');
    say([], 'now(ek(kem0))');
    for (const state of one.has ?? []) for (const term of termsOf(one, state)) say([], `now(${term})`);
    for (const state of one.takesLater ?? [])
      for (const term of termsOf(one, state)) say([], `later(${term})`);
    if (!one.takesPart) say(['sent(X)'], 'now(X)');
    // The responder's one-time keys wait for chain 1; the initiator has begun it.
    say([], `holds0(${START})`);
    begin(one, 1, START, 'pub(agree0)', 'ek(kem0)', [], say);
    for (let chain = 1; chain < chainsOf(one); chain++) answer(one, chain, say);
    say([`later(${one.goal.replace(' ', '')})`]);
  });
}

/** Where a side finds what it takes: wherever the attacker is, or where the other put it. */
const heard = ({ takesPart }: Case) => (takesPart ? 'now' : 'sent');

/** A side that holds `before` begins a chain towards the newest keys of the other's. */
function begin(
  one: Case,
  chain: number,
  before: string,
  agree: string,
  kem: string,
  when: string[],
  say: Say,
): void {
  const block = blockOf(chain, kem);
  const shared = `shared(${kem},encapsulating${chain})`;
  const step = stepOf(one, before, `dh(${agree},agree${chain})`, shared, block);
  say(when, `${heard(one)}(seal(header(${before}),${block}))`);
  say(when, `${heard(one)}(seal(${messageKey(one, step)},word${chain}))`);
  say(when, `holds${chain}(${step})`);
}

/** Who began the chain before takes a chain, and begins the next. */
function answer(one: Case, chain: number, say: Say): void {
  const kem = `ek(kem${chain - 1})`;
  const block = `block(P,K,encapsulated(${kem},R))`;
  const step = stepOf(one, 'S', `dh(P,agree${chain - 1})`, `shared(${kem},R)`, block);
  const came = [
    `holds${chain - 1}(S)`,
    `${heard(one)}(seal(header(S),${block}))`,
    `${heard(one)}(seal(${messageKey(one, step)},W))`,
  ];
  begin(one, chain + 1, step, 'P', 'K', came, say);
}
