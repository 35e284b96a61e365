/** How many hash slots a cluster has. */
export const SLOTS = 16_384;

/** CRC-16/XMODEM, as the Redis cluster specification has it. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The hash slot of a key of one-byte characters: of what its first braces hold, or of all of it. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  const [from, to] = close > open + 1 ? [open + 1, close] : [0, key.length];
  let crc = 0;
  for (let at = from; at < to; at++) {
    crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ (key.charCodeAt(at) & 0xff)]!;
  }
  return crc % SLOTS;
}
