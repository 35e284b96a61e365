/**
 * What the models of this folder have in common: the clauses of first-order logic that say what anybody can do with
 * what they know (SPEC 13.16). Terms are built of free constructors, so that cryptography is perfect but for what a case
 * breaks. `now(T)` says that the attacker, who is the network and the server, may know T while people talk, and
 * `later(T)` once it is over.
 */

/** What the models rest on, and a case can break. */
export type Primitive = 'X25519' | 'Ed25519' | 'ML-KEM' | 'ristretto255';

/** What a case breaks from the beginning, and what falls when all is over. */
export interface Broken {
  readonly breaks?: readonly Primitive[];
  readonly breaksLater?: readonly Primitive[];
}

/** The words of a model beyond the common ones. */
export interface Vocabulary {
  /** Constructors that everybody computes, by how much goes into them. */
  readonly functions: Readonly<Record<string, number>>;
  /** Those of them that hold what they are made of in the clear. */
  readonly tuples: readonly string[];
}

/** If all of `when`, then `then`; without it, that they cannot all be. */
export type Say = (when: readonly string[], then?: string) => void;

/** Public keys, agreement, signatures, encapsulation, seals, and who somebody is. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  pub: 1,
  dh: 2,
  vk: 1,
  sig: 2,
  ek: 1,
  encapsulated: 2,
  shared: 2,
  seal: 2,
  identity: 2,
};

const VARIABLES = ['A', 'B', 'C', 'D', 'E', 'F'];

type Phase = 'now' | 'later';

/**
 * A model's clauses, in TPTP's CNF. They are satisfiable exactly where no contradiction follows, which a model's goal
 * makes of what must not be.
 */
export function theory(vocabulary: Vocabulary, one: Broken, body: (say: Say) => void): string {
  const lines: string[] = [];
  const say: Say = (when, then) => {
    const literals = [...when.map((each) => `~${each}`), ...(then === undefined ? [] : [then])];
    lines.push(`cnf(c${lines.length},axiom,(${literals.join(' | ')})).`);
  };
  say([], 'dh(pub(X),Y) = dh(pub(Y),X)');
  attacker('now', vocabulary, say);
  attacker('later', vocabulary, say);
  say(['now(X)'], 'later(X)');
  for (const known of ['nothing', 'mallory', 'small_talk']) say([], `now(${known})`);
  for (const primitive of one.breaks ?? []) broken('now', primitive, say);
  for (const primitive of [...(one.breaks ?? []), ...(one.breaksLater ?? [])])
    broken('later', primitive, say);
  body(say);
  return `${lines.join('\n')}\n`;
}

/** What anybody can do with what they know. */
function attacker(phase: Phase, { functions, tuples }: Vocabulary, say: Say): void {
  for (const [name, count] of Object.entries({ ...FUNCTIONS, ...functions })) {
    const parts = VARIABLES.slice(0, count);
    say(
      parts.map((part) => `${phase}(${part})`),
      `${phase}(${name}(${parts}))`,
    );
    if (name !== 'identity' && !tuples.includes(name)) continue;
    for (const part of parts) say([`${phase}(${name}(${parts}))`], `${phase}(${part})`);
  }
  say([`${phase}(K)`, `${phase}(seal(K,M))`], `${phase}(M)`);
  say([`${phase}(X)`, `${phase}(encapsulated(ek(X),R))`], `${phase}(shared(ek(X),R))`);
}

function broken(phase: Phase, primitive: Primitive, say: Say): void {
  if (primitive === 'X25519') say([`${phase}(pub(X))`], `${phase}(X)`);
  else if (primitive === 'Ed25519') say([`${phase}(vk(X))`], `${phase}(X)`);
  else if (primitive === 'ML-KEM') say([`${phase}(encapsulated(P,R))`], `${phase}(shared(P,R))`);
  else say([`${phase}(G)`, `${phase}(share(G,X))`], `${phase}(X)`);
}
