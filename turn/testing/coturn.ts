/** The real coturn for a test, or a failure with one line that says what is missing: nothing is skipped in silence. */
import type { Turn, TurnOptions } from '../launch.mjs';
import { startTurn } from '../launch.mjs';

export async function realCoturn(options: TurnOptions = {}): Promise<Turn> {
  const turn = await startTurn(options);
  if (!turn)
    throw new Error('coturn is not installed: apt-get install coturn (these tests run on the real server)');
  return turn;
}

/** Seconds since 1970, from now. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
