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

const CLOSED_BY: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const CLOSING: ReadonlySet<string> = new Set(Object.values(CLOSED_BY));

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
  // Counted once: a contact may write as many brackets as a message holds.
  const open = new Map<string, number>();
  for (const sign of found) {
    if (CLOSING.has(sign)) open.set(sign, (open.get(sign) ?? 0) - 1);
    const closing = CLOSED_BY[sign];
    if (closing !== undefined) open.set(closing, (open.get(closing) ?? 0) + 1);
  }
  let end = found.length;
  while (end > 0) {
    const last = found[end - 1] as string;
    const left = open.get(last) ?? 0;
    if (left < 0) open.set(last, left + 1);
    else if (!/[.,;:!?'’‘*_~…]/.test(last)) break;
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
