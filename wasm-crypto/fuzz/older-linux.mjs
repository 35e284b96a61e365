/**
 * Jazzer.js' native part was compiled against glibc 2.38 and libstdc++ 13, and asks for three symbols by names that an
 * older Linux (Debian 12) does not have: two functions that it has under their old names, and a marker that nothing calls. This makes a
 * copy that asks for the old names, in the folder of what is built, so that fuzzing works there too.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Elf64_Sym: name, info, …, and Elf64_Vernaux: hash, flags, other, name, next. Bytes. */
const SYMBOL_BYTES = 24;
const WEAK_VERSION = 2;
const WEAK_BINDING = 2 << 4;
const NEW_PREFIX = '__isoc23_';
const NEW_VERSIONS = ['GLIBC_2.38', 'GLIBCXX_3.4.32'];
const MARKER = '_ZSt21ios_base_library_initv';
/** Types of sections. */
const [DYNSYM, VERNEED, VERSYM] = [11, 0x6ffffffe, 0x6fffffff];

/** @param {string} from the prebuilt library @param {string} to the copy */
export function copyForOlderLinux(from, to) {
  const bytes = readFileSync(from);
  const sections = sectionsOf(bytes);
  const [symbols, needed, versions] = [DYNSYM, VERNEED, VERSYM].map((type) => {
    const found = sections.find((section) => section.type === type);
    if (found === undefined) throw new Error(`${from} has no section of type ${type}`);
    return found;
  });
  if (!symbols || !needed || !versions) throw new Error('not reached');
  const strings = sections[symbols.link]?.offset ?? 0;
  const text = (/** @type {number} */ at) =>
    bytes.toString('latin1', strings + at, bytes.indexOf(0, strings + at));

  let oldest = 1;
  for (let need = needed.offset, more = 1; more !== 0; need += more) {
    const library = text(bytes.readUInt32LE(need + 4));
    for (let aux = need + bytes.readUInt32LE(need + 8), next = 1; next !== 0; aux += next) {
      const version = text(bytes.readUInt32LE(aux + 8));
      if (NEW_VERSIONS.includes(version)) bytes.writeUInt16LE(WEAK_VERSION, aux + 4);
      if (library === 'libc.so.6' && version === 'GLIBC_2.2.5') oldest = bytes.readUInt16LE(aux + 6);
      next = bytes.readUInt32LE(aux + 12);
    }
    more = bytes.readUInt32LE(need + 12);
  }
  for (let index = 0; index * SYMBOL_BYTES < symbols.size; index++) {
    const symbol = symbols.offset + index * SYMBOL_BYTES;
    const name = text(bytes.readUInt32LE(symbol));
    if (name.startsWith(NEW_PREFIX)) {
      // The old name is the end of the new one.
      bytes.writeUInt32LE(bytes.readUInt32LE(symbol) + NEW_PREFIX.length, symbol);
      bytes.writeUInt16LE(oldest, versions.offset + 2 * index);
    }
    if (name === MARKER) bytes.writeUInt8(WEAK_BINDING | (bytes.readUInt8(symbol + 4) & 15), symbol + 4);
  }
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, bytes);
}

/** The sections of a 64-bit, little-endian ELF file. @param {Buffer} bytes */
function sectionsOf(bytes) {
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('no 64-bit ELF file');
  const [table, each, count] = [
    Number(bytes.readBigUInt64LE(0x28)),
    bytes.readUInt16LE(0x3a),
    bytes.readUInt16LE(0x3c),
  ];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * each;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
    };
  });
}
