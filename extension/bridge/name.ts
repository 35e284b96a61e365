import { BridgeError, NAME_MAX_CHARACTERS } from './types.ts';

/** Whether a name is too long, for whoever gives one and for whoever is told it. */
export function isNameTooLong(name: string): boolean {
  // Of no more than this many UTF-16 units, or it is not worth counting.
  return name.length > NAME_MAX_CHARACTERS * 2 || [...name].length > NAME_MAX_CHARACTERS;
}

/** A name as a person typed it, without the space around it. Throws `name-empty` or `name-too-long`. */
export function cleanName(typed: string): string {
  const name = typed.replace(/\s+/gu, ' ').trim();
  if (name === '') throw new BridgeError('name-empty');
  if (isNameTooLong(name)) throw new BridgeError('name-too-long');
  return name;
}
