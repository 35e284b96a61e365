import { en, type Messages } from './en.ts';

export type { Messages };

/** All languages by their code. A new one is a file beside `en.ts` of the same type, named here. */
const CATALOGUES: Readonly<Record<string, Messages>> = { en };

/** The first of the person's languages that there is a catalogue for; English otherwise. */
export function catalogueFor(languages: readonly string[]): Messages {
  for (const language of languages) {
    const base = language.split('-')[0] ?? '';
    const catalogue = Object.hasOwn(CATALOGUES, base) ? CATALOGUES[base] : undefined;
    if (catalogue !== undefined) return catalogue;
  }
  return en;
}

/**
 * The locale for dates and numbers: the person's own where it speaks the catalogue's language (en-GB writes 2 Nov,
 * en-US Nov 2), else the catalogue's, so that no screen mixes two languages.
 */
export function localeFor(catalogue: Messages, languages: readonly string[]): string {
  return languages.find((language) => language.split('-')[0] === catalogue.language) ?? catalogue.language;
}

/** Written from right to left: Hebrew, Arabic, Syriac, Thaana, N’Ko and their like. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** What turns the text after it round, or ends the place that something stands in (UAX 9, 2.1 to 2.5). */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;

/** A value in its own place in a sentence, where it is written the other way or says that it is. */
function isolated(value: string, direction: Messages['direction']): string {
  const plain = value.replaceAll(TURNING, '');
  const others = plain.replaceAll(new RegExp(RIGHT_TO_LEFT, 'gu'), '');
  const turns = direction === 'ltr' ? others !== plain : /\p{L}/u.test(others);
  return turns || plain !== value ? `\u2068${plain}\u2069` : value;
}

/**
 * A catalogue whose sentences keep their order whatever they are given: names come from others, and the marks that turn
 * a text round can be part of one.
 */
export function isolating(catalogue: Messages): Messages {
  const { direction } = catalogue;
  const wrapped = (node: unknown): unknown => {
    if (typeof node === 'function')
      return (...given: unknown[]) =>
        node(...given.map((value) => (typeof value === 'string' ? isolated(value, direction) : value)));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, wrapped(each)]));
  };
  return wrapped(catalogue) as Messages;
}

const languages = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);

/** The words of this view. A browser's language does not change while a view is open. */
export const words: Messages = isolating(catalogueFor(languages));
export const locale: string = localeFor(words, languages);
