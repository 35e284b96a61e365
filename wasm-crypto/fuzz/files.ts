/** What comes from a person's disk or from a page: a back-up's file, and a statement of identity that somebody signed. */
import { BackupOpener, BackupSealer } from '../src/backup/chunks.ts';
import { type BackupHeader, decodeBackupHeader, newBackup } from '../src/backup/header.ts';
import { concat } from '../src/codec.ts';
import {
  type IdentityStatement,
  identityFingerprint,
  identityStatement,
  readIdentityStatement,
} from '../src/identity-statement.ts';
import { derive, labelledHash } from '../src/kdf.ts';
import { LABELS } from '../src/labels.ts';
import { aeadSeal } from '../src/sodium.ts';
import { encodeWrappedMasterKey } from '../src/vault/wrapped.ts';
import {
  attempt,
  decoder,
  equal,
  Finding,
  latin1,
  type Refusals,
  settles,
  type Target,
  utf8,
} from './target.ts';
import type { World } from './world.ts';

const CHUNK_BYTES = 65_536;
/** Of a chunk, sealed. */
const SEALED_BYTES = CHUNK_BYTES + 16;
const CHECKED_BYTES = 134;

const checksum = (checked: Uint8Array): Uint8Array => labelledHash(16, LABELS.backupHeader, checked);

/** A header from what was read of it, and not from the bytes that it keeps. */
function encodeHeader({ wrap, prefix }: BackupHeader): Uint8Array {
  const checked = concat(utf8('Aside back-up\r\n\0'), Uint8Array.of(1), encodeWrappedMasterKey(wrap), prefix);
  return concat(checked, checksum(checked));
}

function encodeStatement({ fingerprint, date }: IdentityStatement): Uint8Array {
  const groups = fingerprint.match(/.{4}/g) ?? [];
  const lines = [groups.slice(0, 8), groups.slice(8)].map((line) => line.join(' '));
  return utf8(
    ['Aside identity statement, version 1', 'This is my identity in Aside:', ...lines, `Date: ${date}`].join(
      '\n',
    ),
  );
}

const number24 = (input: Uint8Array, at: number): number =>
  (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);

export function fileTargets(world: World, refusals: Refusals): Record<string, Target> {
  const some = new Uint8Array(48).fill(9);
  const header = newBackup({
    version: 1,
    kind: 'passphrase',
    salt: some.slice(0, 16),
    passes: 3,
    memory: 65_536,
    nonce: some.slice(0, 24),
    wrapped: some,
  });
  const backupKey = new Uint8Array(32).fill(3);
  const content = new Uint8Array(70_000).map((_, at) => at & 255);
  const sealer = new BackupSealer(header, backupKey);
  const file = concat(sealer.push(content), sealer.end());

  /** Reads a file in two pieces. What comes out of it is the beginning of what went in, or all of it. */
  const read = (changed: Uint8Array, split: number): string => {
    const opener = new BackupOpener(header, backupKey);
    let out: Uint8Array = new Uint8Array(0);
    const outcome = attempt(() => {
      for (const piece of [changed.subarray(0, split), changed.subarray(split)])
        out = concat(out, opener.push(piece));
      out = concat(out, opener.end());
    }, refusals);
    opener.close();
    if (!equal(out, content.subarray(0, out.length))) throw new Finding('other content');
    if ('refused' in outcome) return outcome.refused;
    if (out.length !== content.length || !equal(changed, file)) throw new Finding('a changed file opened');
    return 'opened';
  };

  const chunkKey = derive({ secret: backupKey, label: LABELS.backup, length: 32 });
  const nonce = concat(header.prefix, Uint8Array.of(0, 0, 0, 0, 1));
  const statement = identityStatement(world.pair.alice.identity, '2026-11-24');
  const named = { fingerprint: identityFingerprint(world.pair.alice.identity), date: '2026-11-24' };
  const decodeStatement = (input: Uint8Array) => readIdentityStatement(latin1(input));
  return {
    'backup-header': decoder({
      maxBytes: 160,
      seeds: [header.bytes, header.bytes.with(16, 2)],
      refusals,
      decode: decodeBackupHeader,
      encode: encodeHeader,
    }),
    'backup-header-checked': decoder({
      maxBytes: 140,
      seeds: [
        header.bytes.slice(0, CHECKED_BYTES),
        header.bytes.slice(0, CHECKED_BYTES).with(18, 1),
        header.bytes.slice(0, CHECKED_BYTES).fill(255, 35, 39),
      ],
      refusals,
      decode: (input) => decodeBackupHeader(concat(input, checksum(input))),
      encode: (read) => encodeHeader(read).slice(0, CHECKED_BYTES),
    }),
    /** Where the file is cut and where it is split, then places and what is changed there. */
    'backup-sealed': {
      maxBytes: 30,
      seeds: [
        Uint8Array.of(255, 255, 255),
        Uint8Array.of(0, 0, 1, 9),
        Uint8Array.of(255, 255, 255, 9, 0, 0, 200, 200, 0, 0, 1),
        Uint8Array.of(255, 255, 255, 9, 0, 0, 200, 200, 0, 1, 1),
      ],
      run: (input) => {
        const changed = file.slice(0, number24(input, 0));
        for (let at = 7; at + 3 < input.length; at += 4) {
          const place = number24(input, at);
          if (place < changed.length) changed[place] = (changed[place] ?? 0) ^ (input[at + 3] ?? 0);
        }
        return read(changed, number24(input, 3));
      },
    },
    /** By whoever has the passphrase: one last chunk, whose padded content begins so. */
    'backup-from-its-maker': {
      maxBytes: 16,
      seeds: [Uint8Array.of(3, 0, 0, 0, 1, 2, 3), Uint8Array.of(253, 255, 0, 0), new Uint8Array(4).fill(255)],
      run: (input) => {
        const chunk = new Uint8Array(CHUNK_BYTES);
        chunk.set(input.subarray(0, 16));
        const sealed = aeadSeal(chunkKey, nonce, concat(LABELS.backupChunk, header.bytes), chunk);
        if (sealed.length !== SEALED_BYTES) throw new Finding('a chunk of another length');
        const opener = new BackupOpener(header, backupKey);
        opener.push(sealed);
        const outcome = attempt(() => opener.end(), refusals);
        const again = attempt(() => opener.end(), refusals);
        if ('value' in again) throw new Finding('something came out after the end');
        return 'refused' in outcome ? outcome.refused : 'opened';
      },
    },
    statement: decoder({
      maxBytes: 300,
      seeds: [
        utf8(statement),
        utf8(` ${statement.replaceAll('\n', ' \r\n')}\n`),
        utf8(statement.replace('version 1', 'version 2')),
        utf8(statement.replace('11-24', '02-30')),
        encodeStatement(named),
      ],
      refusals,
      decode: decodeStatement,
      encode: encodeStatement,
      same: settles(decodeStatement, encodeStatement),
    }),
  };
}
