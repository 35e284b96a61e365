/** Where in a message lies what is looked for, and the words around it. */
import { type Folded, fold, hasAll } from '../../bridge/folding.ts';
import type { ExcerptPart } from '../../bridge/types/snapshots.ts';

/** Of what stands before and behind what was found: a line, and two; less of each where it lies apart. UTF-16 units. */
const BEFORE = 40;
const BEHIND = 120;
const LEAST_BEFORE = 12;
const LEAST_BEHIND = 24;
/** Words that stand no further from each other are shown with all that lies between them. */
const TOGETHER = 60;
/** What the writer may have put between the letters of what is looked for, and nobody sees. */
const UNSEEN = 600;
/** Places of one term, from the first on, among which those are sought that lie close to the other terms'. */
const PLACES = 100;

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** From a place in the text to another, which is behind it. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A text that is looked at. */
interface Looked {
  readonly text: string;
  readonly folded: Folded;
  readonly letters: Intl.Segments;
  readonly terms: readonly string[];
}

/**
 * The words around what is looked for, where the text has all of that; `undefined` where it does not. Where a term is
 * there more than once, it is around those places that lie closest together.
 */
export function excerptOf(text: string, terms: readonly string[]): readonly ExcerptPart[] | undefined {
  const folded = fold(text);
  if (!hasAll(folded.text, terms)) return undefined;
  const looked = { text, folded, letters: letters.segment(text), terms };
  const groups = together(closest(folded.text, terms).map((place) => spanOf(looked, place)));
  const parts: ExcerptPart[] = [];
  const words = (more: string) => {
    if (more !== '') parts.push({ text: more, hit: false });
  };
  const shown = rangesAround(looked, groups);
  for (const [at, { start, end }] of shown.entries()) {
    let reached = start;
    const lead = at > 0 ? ' … ' : start > 0 ? '…' : '';
    for (const [nth, hit] of hitsIn(looked, { start, end }).entries()) {
      words(`${nth === 0 ? lead : ''}${text.slice(reached, hit.start)}`);
      parts.push({ text: text.slice(hit.start, hit.end), hit: true });
      reached = hit.end;
    }
    words(`${text.slice(reached, end)}${at === shown.length - 1 && end < text.length ? '…' : ''}`);
  }
  return parts;
}

/** Where a term lies in the folded text. */
interface Place {
  readonly at: number;
  readonly term: string;
}

/** One place of each term, in their order: of all, those that lie closest together. */
function closest(folded: string, terms: readonly string[]): readonly Place[] {
  const places = terms.flatMap((term) => placesOf(folded, term, 0, folded.length, PLACES));
  places.sort((a, b) => a.at - b.at);
  const latest = new Map<string, Place>();
  let best: readonly Place[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const place of places) {
    latest.set(place.term, place);
    if (latest.size < terms.length) continue;
    const width = place.at - Math.min(...[...latest.values()].map(({ at }) => at));
    if (width >= least) continue;
    least = width;
    best = [...latest.values()];
  }
  return best.toSorted((a, b) => a.at - b.at);
}

/** Where a term begins between two places of the folded text, at most so often. */
function placesOf(folded: string, term: string, from: number, to: number, most = to - from): Place[] {
  const places: Place[] = [];
  let at = folded.indexOf(term, from);
  while (at >= 0 && at < to && places.length < most) {
    places.push({ at, term });
    at = folded.indexOf(term, at + term.length);
  }
  return places;
}

/** What was found, in the text as it was written. */
function spanOf({ text, folded: { from }, letters, terms }: Looked, { at, term }: Place): Span {
  const last = from[at + term.length - 1] as number;
  // One character may have become several, of which only the first are meant.
  let behind = at + term.length;
  while (from[behind] === last) behind++;
  const next = from[behind] ?? text.length;
  // What is drawn as one letter is marked as one: an emoji with a colour, a letter with its accent.
  const start = letters.containing(from[at] as number)?.index ?? 0;
  const end = endOf(letters, next - 1, text.length);
  const most = start + term.length + Math.floor(UNSEEN / terms.length);
  return { start, end: end <= most ? end : wholeCharacter(text, most) };
}

/** Of what was found, in its order, the spans that stand together as one. */
function together(spans: readonly Span[]): readonly Span[] {
  const groups: Span[] = [];
  for (const span of spans) {
    const before = groups.at(-1);
    if (before === undefined || span.start - before.end > TOGETHER) groups.push(span);
    else groups[groups.length - 1] = { start: before.start, end: Math.max(before.end, span.end) };
  }
  return groups;
}

/** What is shown: the more places there are, the less around each. */
function rangesAround({ text, letters }: Looked, groups: readonly Span[]): readonly Span[] {
  const before = Math.max(LEAST_BEFORE, Math.floor(BEFORE / groups.length));
  const behind = Math.max(LEAST_BEHIND, Math.floor(BEHIND / groups.length));
  const ranges: Span[] = [];
  for (const { start, end } of groups) {
    const range = { start: beginning(text, letters, start, before), end: ending(text, letters, end, behind) };
    const last = ranges.at(-1);
    if (last === undefined || range.start > last.end) ranges.push(range);
    else ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return ranges;
}

/** All that is looked for in a part of the text, in its order; what overlaps is one. */
function hitsIn(looked: Looked, { start, end }: Span): readonly Span[] {
  const { folded, terms } = looked;
  const [from, to] = [firstFrom(folded, start), firstFrom(folded, end)];
  const hits = terms
    .flatMap((term) => placesOf(folded.text, term, from, to))
    .map((place) => spanOf(looked, place))
    .map((hit) => ({ start: Math.max(start, hit.start), end: Math.min(end, hit.end) }))
    .sort((a, b) => a.start - b.start);
  const apart: Span[] = [];
  for (const hit of hits) {
    const before = apart.at(-1);
    if (before === undefined || hit.start > before.end) apart.push(hit);
    else apart[apart.length - 1] = { start: before.start, end: Math.max(before.end, hit.end) };
  }
  return apart;
}

/** The first unit of the folded text that came from a place in the text, or from behind it. */
function firstFrom({ from }: Folded, place: number): number {
  let [low, high] = [0, from.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the words before a place begin: with a whole one, where there is one near. */
function beginning(text: string, around: Intl.Segments, start: number, most: number): number {
  if (start <= most) return 0;
  const from = endOf(around, start - most - 1, start);
  const word = /\s(?=\S)/u.exec(text.slice(from, start));
  return word === null ? from : from + word.index + 1;
}

/** Where the words behind a place end: with a whole letter. */
function ending(text: string, around: Intl.Segments, end: number, most: number): number {
  const to = end + most;
  return to >= text.length ? text.length : Math.max(end, around.containing(to)?.index ?? to);
}

/** The end of the letter that stands at a place, which is no further than `most`. */
function endOf(around: Intl.Segments, at: number, most: number): number {
  const letter = around.containing(at);
  return Math.min(most, letter === undefined ? most : letter.index + letter.segment.length);
}

/** A place, or the one behind it where it would cut a character in two. */
function wholeCharacter(text: string, place: number): number {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff ? place + 1 : place;
}
