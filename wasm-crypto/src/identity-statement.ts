/** A text that binds an identity to whatever else signs it (SPEC 15): an OpenPGP key of the same person. */
import { CryptoError } from './errors.ts';
import { type Identity, identityParts } from './identity.ts';
import { labelledHash } from './kdf.ts';
import { LABELS } from './labels.ts';

export interface IdentityStatement {
  /** 64 hexadecimal digits, lower case: of both keys of the identity. */
  readonly fingerprint: string;
  /** The day that the statement was made on, as `2026-11-24`. */
  readonly date: string;
}

/** More than a statement has, with the blanks that programs add; nothing longer is looked at. Characters. */
const STATEMENT_MAX = 1024;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const GROUPS_A_LINE = 8;
const FIRST_LINE = 'Aside identity statement, version ';
const VERSION = '1';
const SECOND_LINE = 'This is my identity in Aside:';
const LINE_OF_GROUPS = /^(?:[0-9a-f]{4} ){7}[0-9a-f]{4}$/;

/** 64 hexadecimal digits that stand for both keys of an identity, for good. */
export function identityFingerprint(identity: Identity): string {
  const hash = labelledHash(32, LABELS.identityStatement, ...identityParts(identity));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether a text names a day that there is, as `2026-11-24`. */
function isDay(text: string): boolean {
  if (!DATE.test(text)) return false;
  // A day beyond its month's end is taken for one of the next month, or for none.
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The text that is signed elsewhere. `date` as `2026-11-24`; throws `malformed` for what is no such day. */
export function identityStatement(identity: Identity, date: string): string {
  if (!isDay(date)) throw new CryptoError('malformed', 'date');
  const groups = identityFingerprint(identity).match(/.{4}/g) ?? [];
  const lines = [groups.slice(0, GROUPS_A_LINE), groups.slice(GROUPS_A_LINE)].map((line) => line.join(' '));
  return [FIRST_LINE + VERSION, SECOND_LINE, ...lines, `Date: ${date}`].join('\n');
}

/**
 * Reads what {@link identityStatement} wrote, and nothing around it but line ends and the blanks of SPEC 15.3, which a
 * signature in text does not cover. Throws `malformed`, or `wrong-version` for a later form.
 */
export function readIdentityStatement(text: string): IdentityStatement {
  if (text.length > STATEMENT_MAX) throw new CryptoError('malformed', 'statement');
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const [first = '', second, upper = '', lower = '', last = '', ...more] = lines;
  if (!first.startsWith(FIRST_LINE)) throw new CryptoError('malformed', 'statement');
  if (first !== FIRST_LINE + VERSION) throw new CryptoError('wrong-version', 'statement');
  const date = last.replace(/^Date: /, '');
  const fits =
    second === SECOND_LINE &&
    LINE_OF_GROUPS.test(upper) &&
    LINE_OF_GROUPS.test(lower) &&
    last.startsWith('Date: ') &&
    isDay(date) &&
    more.length === 0;
  if (!fits) throw new CryptoError('malformed', 'statement');
  return { fingerprint: (upper + lower).replaceAll(' ', ''), date };
}
