/** A piece of a text; with an address, it leads there. */
export interface Part {
  readonly text: string;
  readonly address?: string;
}

/**
 * An address ends at a space, at a sign that quotes it, and at whatever cannot be seen or turns the writing round: what
 * stands there is where it leads to.
 */
const ADDRESS = /(?<![\p{L}\p{N}_+.-])https?:\/\/[^\s<>"“”„«»\p{Cc}\p{Cf}]+/giu;

const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Cuts a text where web addresses begin and end; joined, the parts are the text. */
export function linksIn(text: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const shown = withoutPunctuation(found);
    const address = addressOf(shown);
    if (address === undefined) continue;
    if (index > at) parts.push({ text: text.slice(at, index) });
    parts.push({ text: shown, address });
    at = index + shown.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

/** Without what ends the sentence around it; a bracket stays where it was opened within. */
function withoutPunctuation(found: string): string {
  let end = found.length;
  while (end > 0) {
    const last = found[end - 1] as string;
    const opening = CLOSING[last];
    const before = found.slice(0, end);
    const closes = opening !== undefined && before.split(last).length > before.split(opening).length;
    if (!closes && !/[.,;:!?'’‘*_~…]/.test(last)) break;
    end--;
  }
  return found.slice(0, end);
}

/** Nothing with a name before an `@`: it reads like another place than it is. */
function addressOf(shown: string): string | undefined {
  try {
    const { href, username, password } = new URL(shown);
    return username === '' && password === '' ? href : undefined;
  } catch {
    return undefined;
  }
}
