/**
 * STUN messages (RFC 8489) as far as the tests of this folder need them: header, attributes, MESSAGE-INTEGRITY,
 * FINGERPRINT, addresses. A client for tests only: nothing of Aside's product imports it.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { crc32 } from 'node:zlib';

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
/** RFC 8489, 14.7: the checksum is XORed with this ("STUN"). */
const FINGERPRINT_XOR = 0x5354554e;

/** Methods and classes together, as they stand in the first two bytes (RFC 8489, 5; RFC 8656, 17). */
export const MESSAGE = {
  bindingRequest: 0x0001,
  bindingSuccess: 0x0101,
  allocateRequest: 0x0003,
  allocateSuccess: 0x0103,
  allocateError: 0x0113,
  refreshRequest: 0x0004,
  createPermissionRequest: 0x0008,
  createPermissionSuccess: 0x0108,
  channelBindRequest: 0x0009,
  sendIndication: 0x0016,
  dataIndication: 0x0017,
} as const;

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  fingerprint: 0x8028,
} as const;

export interface Attribute {
  type: number;
  value: Uint8Array;
}

export interface StunMessage {
  type: number;
  /** 12 bytes. */
  transactionId: Uint8Array;
  attributes: Attribute[];
}

export interface Address {
  address: string;
  port: number;
}

export type StunErrorCode = 'too-short' | 'not-stun' | 'bad-length' | 'bad-fingerprint' | 'bad-address';

/** The one error of this folder's codec. */
export class StunError extends Error {
  readonly code: StunErrorCode;
  constructor(code: StunErrorCode) {
    super(code);
    this.name = 'StunError';
    this.code = code;
  }
}

export function newTransactionId(): Uint8Array {
  return new Uint8Array(randomBytes(12));
}

/** Key of the long-term credential mechanism, 16 bytes (RFC 8489, 9.2.2: MD5 because the standard says so). */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

/** Bytes of a message, with MESSAGE-INTEGRITY where a key is given, and FINGERPRINT always. */
export function encode(message: StunMessage, integrityKey?: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = message.attributes.map(({ type, value }) => encodeAttribute(type, value));
  const bodyBytes = () => parts.reduce((sum, part) => sum + part.length, 0);
  // Each checksum covers a header whose length already counts the checksum's own attribute (RFC 8489, 14.5, 14.7).
  const soFar = (extra: number) =>
    Buffer.concat([header(message.type, bodyBytes() + extra, message.transactionId), ...parts]);
  if (integrityKey) {
    const mac = createHmac('sha1', integrityKey).update(soFar(24)).digest();
    parts.push(encodeAttribute(ATTRIBUTE.messageIntegrity, mac));
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((crc32(soFar(8)) ^ FINGERPRINT_XOR) >>> 0);
  parts.push(encodeAttribute(ATTRIBUTE.fingerprint, checksum));
  return soFar(0);
}

/** @throws StunError for anything that is not one whole, well-formed message with a right FINGERPRINT if it has one. */
export function decode(bytes: Uint8Array): StunMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < HEADER_BYTES) throw new StunError('too-short');
  const type = buffer.readUInt16BE(0);
  if (type > 0x3fff || buffer.readUInt32BE(4) !== MAGIC_COOKIE) throw new StunError('not-stun');
  if (buffer.readUInt16BE(2) !== buffer.length - HEADER_BYTES) throw new StunError('bad-length');
  const attributes: Attribute[] = [];
  let offset = HEADER_BYTES;
  while (offset < buffer.length) {
    if (offset + 4 > buffer.length) throw new StunError('bad-length');
    const attributeType = buffer.readUInt16BE(offset);
    const length = buffer.readUInt16BE(offset + 2);
    const end = offset + 4 + length;
    if (end > buffer.length) throw new StunError('bad-length');
    const value = new Uint8Array(buffer.subarray(offset + 4, end));
    if (attributeType === ATTRIBUTE.fingerprint) {
      if (length !== 4) throw new StunError('bad-length');
      const expected = (crc32(buffer.subarray(0, offset)) ^ FINGERPRINT_XOR) >>> 0;
      if (buffer.readUInt32BE(offset + 4) !== expected) throw new StunError('bad-fingerprint');
    }
    attributes.push({ type: attributeType, value });
    offset = offset + 4 + padded(length);
  }
  return { type, transactionId: new Uint8Array(buffer.subarray(8, 20)), attributes };
}

/** Whether MESSAGE-INTEGRITY is there and right. */
export function hasIntegrity(bytes: Uint8Array, key: Uint8Array): boolean {
  const buffer = Buffer.from(bytes);
  for (let offset = HEADER_BYTES; offset + 4 <= buffer.length; ) {
    const length = buffer.readUInt16BE(offset + 2);
    if (buffer.readUInt16BE(offset) === ATTRIBUTE.messageIntegrity) {
      const covered = Buffer.from(buffer.subarray(0, offset));
      covered.writeUInt16BE(offset - HEADER_BYTES + 24, 2);
      const mac = createHmac('sha1', key).update(covered).digest();
      return mac.equals(buffer.subarray(offset + 4, offset + 4 + length));
    }
    offset += 4 + padded(length);
  }
  return false;
}

export function find(message: StunMessage, type: number): Uint8Array | undefined {
  return message.attributes.find((attribute) => attribute.type === type)?.value;
}

/** Class times 100 plus number (RFC 8489, 14.8); undefined where there is none. */
export function errorCode(message: StunMessage): number | undefined {
  const value = find(message, ATTRIBUTE.errorCode);
  if (!value || value.length < 4) return undefined;
  return ((value[2] ?? 0) & 0x07) * 100 + (value[3] ?? 0);
}

/** XOR-MAPPED-ADDRESS and its kin (RFC 8489, 14.2). @throws StunError('bad-address') */
export function encodeXorAddress({ address, port }: Address, transactionId: Uint8Array): Uint8Array {
  const raw = isIPv6(address) ? ipv6Bytes(address) : Uint8Array.from(address.split('.').map(Number));
  if (raw.length !== 4 && raw.length !== 16) throw new StunError('bad-address');
  const out = Buffer.alloc(4 + raw.length);
  out[1] = raw.length === 4 ? 1 : 2;
  out.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  const pad = xorPad(transactionId);
  raw.forEach((byte, index) => {
    out[4 + index] = byte ^ (pad[index] ?? 0);
  });
  return out;
}

/** @throws StunError('bad-address') */
export function decodeXorAddress(value: Uint8Array, transactionId: Uint8Array): Address {
  const buffer = Buffer.from(value);
  if (buffer.length !== 8 && buffer.length !== 20) throw new StunError('bad-address');
  const pad = xorPad(transactionId);
  const raw = [...buffer.subarray(4)].map((byte, index) => byte ^ (pad[index] ?? 0));
  const address =
    raw.length === 4
      ? raw.join('.')
      : Array.from({ length: 8 }, (_, i) =>
          (((raw[2 * i] ?? 0) << 8) | (raw[2 * i + 1] ?? 0)).toString(16),
        ).join(':');
  return { address, port: buffer.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

/** The 16 bytes of an IPv6 address, an IPv4 tail (::ffff:10.0.0.1) included. */
export function ipv6Bytes(address: string): Uint8Array {
  if (!isIPv6(address)) throw new StunError('bad-address');
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hexOf = (high: string | undefined, low: string | undefined) =>
    ((Number(high) << 8) | Number(low)).toString(16);
  const plain = tail
    ? `${address.slice(0, tail.index)}${hexOf(tail[1], tail[2])}:${hexOf(tail[3], tail[4])}`
    : address;
  const [left = '', right] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(left);
  const after = right === undefined ? [] : groups(right);
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

function header(type: number, length: number, transactionId: Uint8Array): Uint8Array {
  const out = Buffer.alloc(HEADER_BYTES);
  out.writeUInt16BE(type, 0);
  out.writeUInt16BE(length, 2);
  out.writeUInt32BE(MAGIC_COOKIE, 4);
  out.set(transactionId, 8);
  return out;
}

function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const out = Buffer.alloc(4 + padded(value.length));
  out.writeUInt16BE(type, 0);
  out.writeUInt16BE(value.length, 2);
  out.set(value, 4);
  return out;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function xorPad(transactionId: Uint8Array): Uint8Array {
  const pad = Buffer.alloc(16);
  pad.writeUInt32BE(MAGIC_COOKIE, 0);
  pad.set(transactionId, 4);
  return pad;
}
