import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from './limits.ts';

/** Where the operator's passes stand, checked once at the start. */
export type PassSource =
  | { readonly list: readonly string[] }
  | { readonly list: readonly string[]; readonly file: string };

/** They stand in addresses, and whoever guesses one fills the disk. */
const PASS = /^[A-Za-z0-9_-]{16,128}$/;

/** Between two looks at the file: a change takes effect within this. Milliseconds. */
const LOOK_EVERY_MS = 10_000;

/** The passes in a text, by comma or line, with what is wrong there in words that repeat none of them. `#` begins a remark. */
export function readPasses(text: string): {
  readonly passes: readonly string[];
  readonly mistakes: string[];
} {
  const entries = text
    .split('\n')
    .map((line) => line.replace(/#.*$/, ''))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const mistakes = entries.flatMap((entry, at) =>
    PASS.test(entry) ? [] : [`pass ${at + 1} must have 16 to 128 letters, digits, - and _`],
  );
  if (entries.length === 0) mistakes.push('there is no pass in it');
  if (entries.length > LIMITS.passes) mistakes.push(`at most ${LIMITS.passes} passes`);
  return { passes: [...new Set(entries)], mistakes };
}

/** With room for remarks. Bytes. */
const LONGEST_FILE = 64 * 1024;

/** What a file of passes holds, or what is wrong with it. */
export function readPassFile(file: string): {
  readonly passes: readonly string[];
  readonly mistakes: string[];
} {
  try {
    if (statSync(file).size > LONGEST_FILE)
      return { passes: [], mistakes: ['the file has more than 64 KiB'] };
    return readPasses(readFileSync(file, 'utf8'));
  } catch {
    return { passes: [], mistakes: ['the file cannot be read'] };
  }
}

/** The passes as they are now. A file that has become useless changes nothing: a slip of the pen opens no server. */
export class PassList {
  readonly #source: PassSource;
  readonly #clock: () => number;
  readonly #note: (mistakes: readonly string[]) => void;
  #list: readonly string[];
  #lookedAt: number;
  #version: string;

  /**
   * `clock`: milliseconds, never put back. `note` is told after every reading of a file, with what is wrong there if
   * anything is.
   */
  constructor(source: PassSource, clock: () => number, note: (mistakes: readonly string[]) => void) {
    this.#source = source;
    this.#clock = clock;
    this.#note = note;
    this.#list = source.list;
    this.#lookedAt = clock();
    this.#version = 'file' in source ? versionOf(source.file) : '';
  }

  readonly current = (): readonly string[] => {
    if ('file' in this.#source && this.#clock() - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = this.#clock();
      if (versionOf(this.#source.file) !== this.#version) this.reload();
    }
    return this.#list;
  };

  /** Reads the file now. */
  reload(): void {
    if (!('file' in this.#source)) return;
    this.#version = versionOf(this.#source.file);
    const { passes, mistakes } = readPassFile(this.#source.file);
    if (mistakes.length === 0) this.#list = passes;
    this.#note(mistakes);
  }
}

/** Something that changes whenever the file does. */
function versionOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'absent';
  }
}
