/**
 * Writes zip archives that are the same bytes for the same files: entries sorted, dates fixed, no owner, no mode.
 * The format is PKWARE's APPNOTE 6.3, without its 64-bit and encryption parts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01 00:00, the first date that the format knows. */
const DATE = 0x0021;
/** File names are UTF-8. */
const UTF8_FLAG = 0x0800;
const DEFLATED = 8;
const VERSION_NEEDED = 20;

/**
 * @param {Iterable<readonly [name: string, bytes: Buffer]>} files with `/` in their names
 * @returns {Buffer}
 */
export function zip(files) {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  /** @type {Buffer[]} */
  const parts = [];
  /** @type {Buffer[]} */
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of sorted) {
    const nameBytes = Buffer.from(name, 'utf8');
    const packed = deflateRawSync(bytes, { level: 9 });
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(VERSION_NEEDED, 0);
    shared.writeUInt16LE(UTF8_FLAG, 2);
    shared.writeUInt16LE(DEFLATED, 4);
    shared.writeUInt16LE(0, 6);
    shared.writeUInt16LE(DATE, 8);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.from('PK\x01\x02', 'latin1'),
      Buffer.from([VERSION_NEEDED, 0]),
      shared,
      rest,
      nameBytes,
    );
    offset += 4 + shared.length + nameBytes.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(sorted.length, 4);
  end.writeUInt16LE(sorted.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

/**
 * @param {string} folder
 * @param {string} [prefix]
 * @returns {Array<[name: string, bytes: Buffer]>} every file under a folder
 */
export function readFolder(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = posix.join(prefix, entry.name);
    const path = join(folder, entry.name);
    return entry.isDirectory() ? readFolder(path, name) : [[name, readFileSync(path)]];
  });
}
