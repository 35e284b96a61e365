/**
 * Whose numbers are held: what a content of theirs confirms of mine, and which of theirs I can confirm to them. Numbers
 * are counted up to the first gap, and a bounded number of them beyond it (PROTOCOL 5).
 */
import type { Working } from './contacts.ts';
import type { Content, Profile } from './content.ts';
import { runOf } from './runs.ts';

/** Numbers held beyond a gap; a hostile contact gets no more memory than this. */
export const BEYOND_MAX = 256;

/**
 * Which numbers of mine a content confirms: those of a run that I know to have given them. `isMine` says that it speaks
 * of no others.
 */
export function confirmedBy(
  row: Working['row'],
  content: Content,
): { readonly seen: number; readonly beyond: readonly number[]; readonly isMine: boolean } {
  const gave = (number: number, run: string | undefined) =>
    number <= row.confirmed || (number <= row.sent && runOf(row.runs, number)?.id === run);
  // Until they have my first word in this session, only what they hold beyond it says anything of it.
  const told = content.before !== true;
  const isMine = !told || gave(content.seen, content.of);
  const seen = told && isMine ? content.seen : row.confirmed;
  if (content.kind !== 'receipt') return { seen, beyond: [], isMine };
  const { beyond, beyondOf } = content;
  return {
    seen,
    // Those of earlier runs are confirmed once nothing is missing before them.
    beyond: beyond.filter((number) => gave(number, beyondOf)),
    isMine: isMine && (beyond.length === 0 || gave(Math.max(...beyond), beyondOf)),
  };
}

/** The numbers between what is held without a gap and the last that is held beyond it. */
export function gaps(seen: number, beyond: readonly number[]): number[] {
  const held = new Set(beyond);
  const missing: number[] = [];
  for (let number = seen + 1; number < Math.max(0, ...beyond) && missing.length < BEYOND_MAX; number++) {
    if (!held.has(number)) missing.push(number);
  }
  return missing;
}

type Numbered = Exclude<Content, { kind: 'receipt' }>;

/** The first content of a session: numbers below its own belong to a session that is gone. */
export const isFirst = (content: Content): content is Profile & { readonly first: true } =>
  content.kind === 'profile' && content.first;

/** Whether this number of theirs was counted already. */
export function isHeld(row: Working['row'], { number }: Numbered): boolean {
  return number <= row.received || row.beyond.includes(number);
}

/** Whether its number can be counted: beyond a gap only so many are. */
export function canHold(row: Working['row'], content: Content): boolean {
  if (content.kind === 'receipt' || isFirst(content) || isHeld(row, content)) return true;
  return content.number === row.received + 1 || row.beyond.length < BEYOND_MAX;
}

/** Counts a number of theirs that is not held yet, closing the gaps that it closes. */
export function noteNumber(row: Working['row'], number: number): void {
  if (number === row.received + 1) row.received = number;
  else if (row.beyond.length < BEYOND_MAX) row.beyond = [...row.beyond, number].sort((a, b) => a - b);
  while (row.beyond[0] === row.received + 1) {
    row.received++;
    row.beyond = row.beyond.slice(1);
  }
}
