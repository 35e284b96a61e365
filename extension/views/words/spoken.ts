import type { ThreeWords } from '../../bridge/types/snapshots.ts';
import { SPOKEN_WORDS } from '../../locales/spoken-words.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map(SPOKEN_WORDS.map((word, number) => [word, number]));

/** As many as a narrow panel shows without scrolling. */
const SUGGESTIONS_MAX = 4;

/** The words of their numbers. */
export function spell(words: ThreeWords): string[] {
  return words.map((word) => SPOKEN_WORDS[word] ?? '');
}

/** What a person has typed so far of "river window lemonade at chat.example.org". */
export interface Heard {
  /** Numbers of the whole words, in their order, up to the first that is none. */
  readonly words: readonly number[];
  /** Absent until there are three and nothing else. */
  readonly all?: ThreeWords;
  /** The word under way or, where there is none like it, the one that is wrong. */
  readonly rest?: { readonly text: string; readonly known: boolean };
  /** Begin like the rest or, where none does, look like it. */
  readonly suggestions: readonly string[];
  /** What follows "at". */
  readonly server?: string;
}

/** Reads what was typed; any separators do, and capitals make no difference. */
export function hear(text: string): Heard {
  const [said = '', server] = text.toLowerCase().split(/(?:^|\s)(?:at\s|@)\s*/, 2);
  const tokens = said.split(/[^\p{L}]+/u).filter((token) => token !== '');
  const done = /[^\p{L}]$/u.test(said) || server !== undefined;
  const words: number[] = [];
  for (const [at, token] of tokens.entries()) {
    const number = NUMBERS.get(token);
    if (number !== undefined) words.push(number);
    else {
      const last = at === tokens.length - 1 && !done;
      const begun = last ? beginningWith(token) : [];
      const known = begun.length > 0;
      const suggestions = known ? begun : similarTo(token);
      return { words, rest: { text: token, known }, suggestions, ...serverOf(server) };
    }
  }
  const [first, second, third] = words;
  const three = words.length === 3 && first !== undefined && second !== undefined && third !== undefined;
  const all = three ? { all: [first, second, third] as const } : {};
  return { words, suggestions: [], ...all, ...serverOf(server) };
}

function serverOf(server: string | undefined): { server?: string } {
  return server === undefined || server.trim() === '' ? {} : { server: server.trim() };
}

/** The text with the first word that is none, or not whole yet, in the place of another. */
export function complete(text: string, word: string): string {
  const { rest } = hear(text);
  if (rest === undefined) return text;
  const at = text.toLowerCase().lastIndexOf(rest.text);
  const after = text.slice(at + rest.text.length).trimStart();
  return `${text.slice(0, at)}${word} ${after}`;
}

/** What a space makes of a beginning that only one word has. */
export function completeOnly(text: string): string {
  if (!/\s$/.test(text)) return text;
  const before = text.trimEnd();
  const { rest, suggestions } = hear(before);
  const [only] = suggestions;
  return rest?.known === true && suggestions.length === 1 && only !== undefined
    ? complete(before, only)
    : text;
}

function beginningWith(beginning: string): string[] {
  return SPOKEN_WORDS.filter((word) => word.startsWith(beginning)).slice(0, SUGGESTIONS_MAX);
}

/**
 * The words with the fewest letters to change, where they are few enough for a typo; of two alike, whichever is right for
 * longer, for a hand slips late more often than early.
 */
function similarTo(typed: string): string[] {
  // Nobody means one of the words by more than this.
  if (typed.length > 12) return [];
  return SPOKEN_WORDS.map((word) => ({
    word,
    steps: distance(typed, word),
    right: sharedBeginning(typed, word),
  }))
    .filter(({ steps }) => steps <= Math.max(1, Math.floor(typed.length / 3)))
    .sort((a, b) => a.steps - b.steps || b.right - a.right)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ word }) => word);
}

/** Letters. */
function sharedBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Letters to insert, leave out, change or swap with their neighbour, from one word to the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
