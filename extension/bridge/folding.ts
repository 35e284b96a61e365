/** Text as it is searched for, the same for names in a view and for messages in the engine. */

/** Points and accents of every script, and what shows nothing of itself; vowels that are written as marks stay. */
const IGNORED = /(?=\p{M})\p{Diacritic}|[\u0300-\u036f]|\p{Default_Ignorable_Code_Point}/gu;

export interface Folded {
  readonly text: string;
  /** Of each unit of the text, where the character begins that it came from: folding changes lengths. */
  readonly from: readonly number[];
}

/** A character without accents and without regard to capitals, which makes several of some (`ß`) and nothing of others. */
function foldedCharacter(character: string): string {
  if (character >= 'a' && character <= 'z') return character;
  if (/\s/u.test(character)) return ' ';
  // By way of capitals: of two small letters for one capital (σ and ς) they make one.
  return character.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase();
}

/** Folds a text. Space between words is one space, however much of it there is. */
export function fold(text: string): Folded {
  const from: number[] = [];
  let folded = '';
  let at = 0;
  for (const character of text) {
    const made = foldedCharacter(character);
    if (made !== ' ' || !folded.endsWith(' ')) {
      folded += made;
      for (let unit = 0; unit < made.length; unit++) from.push(at);
    }
    at += character.length;
  }
  return { text: folded, from };
}

/** Words that are looked for at once: whoever pastes more finds the message by the first of them. */
const TERMS_MAX = 16;
/** A person's keyboard, or a text that they copied, may have other ones than the straight. */
const QUOTATION_MARK = /["“”„‟«»]/u;

/**
 * What a person typed to look for, folded: words, all of which have to be there, in any order. What stands between
 * quotation marks is one, also while its end has not been typed. None where that shows nothing.
 */
export function termsIn(typed: string): readonly string[] {
  const parts = fold(typed).text.split(QUOTATION_MARK);
  const all = parts.flatMap((part, at) => (at % 2 === 0 ? part.split(' ') : [part.trim()]));
  const terms = [...new Set(all)].filter((term) => term !== '');
  // What lies in another one is there with it.
  const isAlone = (term: string) => !terms.some((other) => other !== term && other.includes(term));
  return terms.filter(isAlone).slice(0, TERMS_MAX);
}

/** Whether a folded text has all that is looked for. */
export function hasAll(folded: string, terms: readonly string[]): boolean {
  return terms.every((term) => folded.includes(term));
}
