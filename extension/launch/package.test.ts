import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { pinned } from '../../wasm-crypto/build.mjs';
import { build, SHIPPED } from './build.mjs';
import { storeArchive, storeFiles } from './package.mjs';
import { root } from './paths.mjs';
import { zip } from './zip.mjs';

const STORES = ['chrome', 'firefox'] as const;

/** Preact carries a branch for `dangerouslySetInnerHTML`, which no view uses; the linter sees the branch only. */
const KNOWN_WARNINGS = ['UNSAFE_VAR_ASSIGNMENT'];

interface LintReport {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly file?: string }[];
}

function lint(archive: string): Promise<LintReport> {
  const webExt = join(root, 'node_modules', 'web-ext', 'bin', 'web-ext.js');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [webExt, 'lint', '--source-dir', archive, '--output', 'json', '--no-config-discovery'],
      { maxBuffer: 1 << 26 },
      // It exits with 1 when it found something: the report says what.
      (_, out, err) => {
        try {
          resolve(JSON.parse(out) as LintReport);
        } catch {
          reject(new Error(out + err));
        }
      },
    );
  });
}

describe('the store archives', () => {
  beforeAll(() => build(SHIPPED), 120_000);

  it.each(STORES)('%s: the same bytes every time', (store) => {
    expect(storeArchive(store).equals(storeArchive(store))).toBe(true);
  });

  it.each(STORES)(
    '%s: tells nothing of where it was built, and runs nothing that is for developers',
    (store) => {
      for (const [name, bytes] of storeFiles(store)) {
        expect(bytes.includes(root), name).toBe(false);
        // How the developers' JSX says where each element was written.
        expect(/lineNumber:\d+,columnNumber:\d+/.test(bytes.toString('latin1')), name).toBe(false);
      }
    },
  );

  it.each(STORES)('%s: holds no step hook, no source map and no key of ours', (store) => {
    for (const [name, bytes] of storeFiles(store)) {
      expect(name).not.toMatch(/\.map$/);
      expect(bytes.includes('aside-step-hooks'), name).toBe(false);
      expect(bytes.includes('asideStopAt'), name).toBe(false);
      if (name === 'manifest.json') expect(JSON.parse(bytes.toString('utf8'))).not.toHaveProperty('key');
    }
  });

  it.each(STORES)('%s: holds libsodium once, as the pinned module, and nowhere as text', (store) => {
    const files = storeFiles(store);
    const modules = files.filter(([, bytes]) => bytes.subarray(0, 4).equals(Buffer.from('\0asm')));
    expect(modules.map(([name]) => name)).toEqual(['sodium.wasm']);
    const sums = modules.map(([, bytes]) => createHash('sha256').update(bytes).digest('hex'));
    expect(sums).toEqual([pinned().moduleSha256]);
    for (const [name, bytes] of files) {
      if (name === 'sodium.wasm') continue;
      // How a module begins in base64, and a name that only libsodium's own JavaScript has. OpenPGP.js carries a small
      // module of its own, for private keys, of which Aside takes none.
      if (name !== 'openpgp.js') expect(bytes.includes('AGFzb'), name).toBe(false);
      expect(bytes.includes('_crypto_aead_aegis'), name).toBe(false);
    }
  });

  it('Firefox: web-ext finds no error, and no warning that is not known', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aside-lint-'));
    try {
      const archive = join(folder, 'aside.zip');
      writeFileSync(archive, storeArchive('firefox'));
      const { errors, warnings } = await lint(archive);
      expect(errors).toEqual([]);
      expect(warnings.filter(({ code }) => !KNOWN_WARNINGS.includes(code))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('zip', () => {
  it('sorts its entries, fixes their dates and keeps their bytes', () => {
    const archive = zip([
      ['b.txt', Buffer.from('second')],
      ['a/ä.txt', Buffer.from('first'.repeat(100))],
    ]);
    const again = zip([
      ['a/ä.txt', Buffer.from('first'.repeat(100))],
      ['b.txt', Buffer.from('second')],
    ]);
    expect(again.equals(archive)).toBe(true);
    const nameLength = archive.readUInt16LE(26);
    const packedLength = archive.readUInt32LE(18);
    expect(archive.subarray(30, 30 + nameLength).toString('utf8')).toBe('a/ä.txt');
    const packed = archive.subarray(30 + nameLength, 30 + nameLength + packedLength);
    expect(inflateRawSync(packed).toString('utf8')).toBe('first'.repeat(100));
    // 1980-01-01, the format's first day.
    expect(archive.readUInt32LE(10)).toBe(0x00210000);
    const reader = readFileSync(import.meta.filename);
    expect(zip([['x', reader]]).length).toBeLessThan(reader.length);
  });
});
