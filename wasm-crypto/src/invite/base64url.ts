/**
 * base64url without padding (RFC 4648 5). An invite's text is a secret, so letters are computed and not looked up: the
 * time depends on the length alone.
 */

/** 0 or 1: whether a is less than b, for numbers below 2^30. */
const less = (a: number, b: number): number => ((a - b) >>> 31) & 1;

function letterOf(value: number): number {
  const isUpper = less(value, 26);
  const isLower = less(value, 52) & ~isUpper;
  const isDigit = less(value, 62) & ~isUpper & ~isLower;
  const isDash = less(value, 63) & ~isUpper & ~isLower & ~isDigit;
  const isLine = 1 & ~(isUpper | isLower | isDigit | isDash);
  return isUpper * (value + 65) + isLower * (value + 71) + isDigit * (value - 4) + isDash * 45 + isLine * 95;
}

/** The value of a letter, or 64 and more where it is none. */
function sextetOf(letter: number): number {
  const within = (low: number, high: number): number => 1 & ~less(letter, low) & less(letter, high + 1);
  const isUpper = within(65, 90);
  const isLower = within(97, 122);
  const isDigit = within(48, 57);
  const isDash = within(45, 45);
  const isLine = within(95, 95);
  const isNone = 1 & ~(isUpper | isLower | isDigit | isDash | isLine);
  return (
    isUpper * (letter - 65) +
    isLower * (letter - 71) +
    isDigit * (letter + 4) +
    isDash * 62 +
    isLine * 63 +
    isNone * 64
  );
}

/** Only for lengths that are a multiple of three, which need no padding and have one text each. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += String.fromCharCode(
      letterOf(word >>> 18),
      letterOf((word >>> 12) & 63),
      letterOf((word >>> 6) & 63),
      letterOf(word & 63),
    );
  }
  return text;
}

/** `undefined` where the text is not whole groups of four letters of the alphabet. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 4) * 3);
  let seen = 0;
  for (let group = 0; group * 4 < text.length; group++) {
    let word = 0;
    for (let index = 0; index < 4; index++) {
      const value = sextetOf(text.charCodeAt(group * 4 + index));
      seen |= value;
      word = (word << 6) | (value & 63);
    }
    bytes[group * 3] = word >>> 16;
    bytes[group * 3 + 1] = (word >>> 8) & 255;
    bytes[group * 3 + 2] = word & 255;
  }
  return (seen & 64) === 0 ? bytes : undefined;
}
