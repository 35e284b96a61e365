import { WireError } from './error.ts';

/** Big-endian u16 at `at`; the caller has checked the length. */
export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Big-endian u32 at `at`; the caller has checked the length. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Big-endian u64 at `at` as a number. Throws `bad-value` above 2^53 - 1, which no sequence ever reaches. */
export function readU64(bytes: Uint8Array, at: number): number {
  const value = readU32(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 4);
  if (!Number.isSafeInteger(value)) throw new WireError('bad-value', 'a sequence is over 2^53 - 1');
  return value;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  requireUint(value, 0xffff);
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  requireUint(value, 0xffff_ffff);
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function writeU64(bytes: Uint8Array, at: number, value: number): void {
  requireUint(value, Number.MAX_SAFE_INTEGER);
  writeU32(bytes, at, Math.floor(value / 0x1_0000_0000));
  writeU32(bytes, at + 4, value % 0x1_0000_0000);
}

function requireUint(value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) {
    throw new WireError('bad-value', `expected a whole number from 0 to ${most}`);
  }
}

/** Throws `bad-length` unless `bytes` is exactly `length` long. */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new WireError('bad-length', `${what} must have ${length} bytes`);
}
