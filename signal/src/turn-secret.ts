import { readFileSync } from 'node:fs';

/** Where the relay's secret comes from. In Compose the relay makes it at its first start, perhaps after ours. */
export type TurnSecretSource = { readonly secret: string } | { readonly file: string };

/** How long a secret that was read is good: a rotation takes effect within this. Milliseconds. */
const READ_AGAIN_MS = 10_000;

/** A function that gives the secret as it is now, or nothing while there is none. */
export function turnSecret(source: TurnSecretSource, now: () => number): () => string | undefined {
  if ('secret' in source) return () => source.secret;
  let known: string | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (known === undefined || now() - readAt >= READ_AGAIN_MS) {
      readAt = now();
      known = readSecret(source.file);
    }
    return known;
  };
}

/** The file's text without the space around it; nothing where there is no file, or an empty one. */
function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
