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

/** What a person typed to look for; empty where that is nothing. */
export function wantedIn(typed: string): string {
  return fold(typed).text.trim();
}
