/**
 * Wrong guesses at the passphrase, kept outside the sealed rows so that a restart does not forget them. They slow down
 * somebody at the keyboard; whoever has a copy of the disk is slowed down by Argon2id alone.
 */
import * as v from 'valibot';
import type { Database } from './database.ts';

const KEY = 'guesses';
/** Typing errors of somebody who knows it cost nothing. */
const FREE = 3;
/** Milliseconds after the first guess that is not free; each further one doubles it. */
const FIRST_WAIT = 5000;
/** Longer waits would not keep anybody out who has this long. */
const LONGEST_WAIT = 15 * 60_000;

const schema = v.object({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** When the last one came, milliseconds since the epoch. */
  at: v.number(),
});

export type Guesses = v.InferOutput<typeof schema>;

export const NO_GUESSES: Guesses = { count: 0, at: 0 };

/**
 * The same guesses as a clock knows them that was put back since: the last one came at this moment at the latest, so that
 * nobody waits for a time that may be years ahead. Keep what it returns, or the moment moves on with the clock.
 */
export function notAhead(guesses: Guesses, now: number): Guesses {
  return guesses.at > now ? { ...guesses, at: now } : guesses;
}

/** When the next guess may come; `undefined` for now. */
export function retryAt({ count, at }: Guesses, now: number): number | undefined {
  if (count < FREE) return undefined;
  const wait = Math.min(FIRST_WAIT * 2 ** (count - FREE), LONGEST_WAIT);
  const until = at + wait;
  return until > now ? until : undefined;
}

export async function readGuesses(database: Database): Promise<Guesses> {
  const parsed = v.safeParse(schema, await database.vaultItem(KEY));
  return parsed.success ? parsed.output : NO_GUESSES;
}

/** Durable when it resolves. */
export async function keepGuesses(database: Database, guesses: Guesses): Promise<void> {
  await database.changeVault({ [KEY]: guesses.count === 0 ? undefined : guesses });
}
