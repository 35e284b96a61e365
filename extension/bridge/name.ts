import { NAME_MAX_CHARACTERS } from './types/bounds.ts';
import { BridgeError } from './types/errors.ts';

/** Whether a name is too long, for whoever gives one and for whoever is told it. */
export function isNameTooLong(name: string): boolean {
  // Of no more than this many UTF-16 units, or it is not worth counting.
  return name.length > NAME_MAX_CHARACTERS * 2 || [...name].length > NAME_MAX_CHARACTERS;
}

/** What breaks a line, or turns the text after it round. */
const BREAKS_OR_TURNS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu;
/** What nobody sees, without that which joins letters and emoji or chooses between their shapes. */
const UNSEEN =
  /(?!\p{Join_Control}|\p{Variation_Selector}|\p{Emoji_Component})\p{Default_Ignorable_Code_Point}/gu;
/** A name of nothing else is a gap on the screen and silence to whoever listens. */
const BLANK = /^[\p{Default_Ignorable_Code_Point}\u2800\s]*$/u;

/**
 * A name as it can stand among others: without line ends, control characters and changes of direction, which could make
 * it another's on the screen, and without what nobody sees. Empty where nothing is left to be seen.
 */
export function plainName(name: string): string {
  const plain = name.replace(BREAKS_OR_TURNS, ' ').replace(UNSEEN, '').trim();
  return BLANK.test(plain) ? '' : plain;
}

/** The name that a person typed, {@link plainName | plain}. Throws `name-empty` or `name-too-long`. */
export function cleanName(typed: string): string {
  const name = plainName(typed);
  if (name === '') throw new BridgeError('name-empty');
  if (isNameTooLong(name)) throw new BridgeError('name-too-long');
  return name;
}
