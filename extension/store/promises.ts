/** The rows of a document that name a test: how README and SECURITY are held to what is really tried. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Promised {
  /** The row's cells before the test. */
  readonly cells: readonly string[];
  /** The words of the link: a test's, or its file's subject. */
  readonly title: string;
  /** Full path of the test's file. */
  readonly file: string;
}

/** The rows of a document's tables whose last cell links to a test. */
export function promisesIn(document: string): Promised[] {
  const rows = readFileSync(document, 'utf8').matchAll(/^\| (.+) \| \[(.+)\]\((.+\.ts)\) +\|$/gm);
  return [...rows].map(([, cells, title, path]) => ({
    cells: (cells as string).split(' | ').map((cell) => cell.trim()),
    title: title as string,
    file: join(dirname(document), path as string),
  }));
}

/** Whether the file has a test or a group of this name. Throws where there is no such file. */
export function isTested({ title, file }: Promised): boolean {
  const subject = file.split('/').at(-1)?.split('.')[0];
  return subject === title || readFileSync(file, 'utf8').includes(title);
}
