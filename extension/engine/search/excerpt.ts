/** Where in a message lies what is looked for, and the words around it. */
import { fold } from '../../bridge/folding.ts';
import type { FoundMessage } from '../../bridge/types/snapshots.ts';

/** Of what stands before and behind the match: a line, and two. UTF-16 units. */
const BEFORE = 40;
const BEHIND = 120;
/** A match is as long as what was typed, but for what its writer put between the letters and nobody sees. */
const MATCH = 600;

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first place where the text has what is looked for, which is folded; `undefined` where there is none. */
export function excerptOf(text: string, wanted: string): FoundMessage['excerpt'] | undefined {
  const folded = fold(text);
  const at = folded.text.indexOf(wanted);
  if (at < 0) return undefined;
  const { from } = folded;
  const last = from[at + wanted.length - 1] as number;
  // One character may have become several, of which only the first are meant.
  const next = from.slice(at + wanted.length).find((place) => place > last) ?? text.length;
  // What is drawn as one letter is marked as one: an emoji with a colour, a letter with its accent.
  const around = letters.segment(text);
  const start = around.containing(from[at] as number)?.index ?? 0;
  const end = endOf(around, next - 1, text.length);
  const first = beginning(text, around, start);
  const matchEnd = Math.min(end, start + MATCH);
  const to = Math.min(text.length, matchEnd + BEHIND);
  const cut = to === text.length ? to : (around.containing(to)?.index ?? to);
  const behind = Math.max(matchEnd, cut);
  return {
    before: `${first > 0 ? '…' : ''}${text.slice(first, start)}`,
    match: text.slice(start, matchEnd),
    after: `${text.slice(matchEnd, behind)}${behind < text.length ? '…' : ''}`,
  };
}

/** Where the words before a match begin: with a whole one, where there is one near. */
function beginning(text: string, around: Intl.Segments, start: number): number {
  if (start <= BEFORE) return 0;
  const from = endOf(around, start - BEFORE - 1, start);
  const word = /\s(?=\S)/u.exec(text.slice(from, start));
  return word === null ? from : from + word.index + 1;
}

/** The end of the letter that stands at a place, which is no further than `most`. */
function endOf(around: Intl.Segments, at: number, most: number): number {
  const letter = around.containing(at);
  return Math.min(most, letter === undefined ? most : letter.index + letter.segment.length);
}
