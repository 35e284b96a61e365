import { readFileSync, statSync } from 'node:fs';

/** Where the relay's secret comes from. In Compose the relay makes it at its first start, perhaps after ours. */
export type TurnSecretSource = { readonly secret: string } | { readonly file: string };

/** What credentials are made with. */
export interface TurnKeys {
  /** Signs credentials: what coturn has in its database. Rotation replaces it. */
  readonly secret: string;
  /** Makes user parts. It outlives a rotation, so that an address stays one user. */
  readonly users: string;
}

/** How long a secret that was read is good: a rotation takes effect within this. Milliseconds. */
export const READ_AGAIN_MS = 10_000;

/** A function that gives the keys as they are now, or nothing while there are none. `clock`: milliseconds, never put back. */
export function turnKeys(source: TurnSecretSource, clock: () => number): () => TurnKeys | undefined {
  if ('secret' in source) {
    const keys = { secret: source.secret, users: source.secret };
    return () => keys;
  }
  let known: TurnKeys | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (known === undefined || clock() - readAt >= READ_AGAIN_MS) {
      readAt = clock();
      known = readKeys(source.file);
    }
    return known;
  };
}

/** Two keys are 130. Bytes. */
const LONGEST_FILE = 4096;

/** One line is the secret, which then makes user parts too; two are both keys (turn/secrets.sh). Nothing where there is no file, an empty one, or one that is no such file. */
function readKeys(file: string): TurnKeys | undefined {
  try {
    if (statSync(file).size > LONGEST_FILE) return undefined;
    const [secret, users] = readFileSync(file, 'utf8')
      .trim()
      .split(/\s*\n\s*/);
    return secret ? { secret, users: users || secret } : undefined;
  } catch {
    return undefined;
  }
}
