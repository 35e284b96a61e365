/** What two people compare (SPEC 9): the same on both sides, whoever computes it. */
import { concat } from './codec.ts';
import { compareIdentities, encodeIdentity, type Identity } from './identity.ts';
import { labelledHash } from './kdf.ts';
import { LABELS } from './labels.ts';
import { equalPublic } from './sodium.ts';

export interface SafetyNumber {
  /** 60 digits; group them by five. */
  readonly digits: string;
  /** Twelve of 256, as indices. */
  readonly emoji: readonly number[];
  /** 33 bytes for a QR code: version, then the hash that the digits come from. */
  readonly qr: Uint8Array;
}

const QR_VERSION = 1;
const DIGIT_GROUPS = 12;
const EMOJI = 12;
/**
 * Twelve emoji are 96 bits, and somebody in the middle may vary a key on each side, which halves them. Each try costs
 * so many hashes (about 2 ms here), which gives 12 of those 48 bits back.
 */
const EMOJI_ROUNDS = 4096;

/**
 * Takes about 2 ms, nearly all of it for the emoji: those of `known` are taken over where it was made for these two
 * identities, which its QR code tells.
 */
export function safetyNumber(
  a: Identity,
  b: Identity,
  known?: Pick<SafetyNumber, 'qr' | 'emoji'>,
): SafetyNumber {
  const [first, second] = compareIdentities(a, b) <= 0 ? [a, b] : [b, a];
  const both = concat(encodeIdentity(first), encodeIdentity(second));
  const hash = labelledHash(64, LABELS.safetyNumber, both);
  const qr = concat(Uint8Array.of(QR_VERSION), hash.subarray(0, 32));
  const isKnown = known !== undefined && equalPublic(known.qr, qr);
  return { digits: digitsOf(hash), emoji: isKnown ? known.emoji : emojiOf(both), qr };
}

/** Twelve times five bytes, each modulo 100,000: the bias is below one in ten million. */
function digitsOf(hash: Uint8Array): string {
  let digits = '';
  for (let group = 0; group < DIGIT_GROUPS; group++) {
    let value = 0;
    for (let index = 0; index < 5; index++) value = value * 256 + (hash[group * 5 + index] ?? 0);
    digits += String(value % 100_000).padStart(5, '0');
  }
  return digits;
}

function emojiOf(both: Uint8Array): number[] {
  let hash = labelledHash(64, LABELS.emoji, both);
  for (let round = 1; round < EMOJI_ROUNDS; round++) hash = labelledHash(64, LABELS.emoji, hash, both);
  return [...hash.subarray(0, EMOJI)];
}
