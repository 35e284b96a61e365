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

const languages = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);

/** The words of this view. A browser's language does not change while a view is open. */
export const words: Messages = catalogueFor(languages);
export const locale: string = localeFor(words, languages);
