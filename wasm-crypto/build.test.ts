import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADDED, buildModule, functionNames, pinned } from './build.mjs';

const source = join(import.meta.dirname, 'src');

describe('the module', () => {
  it('is the pinned one', async () => {
    const bytes = readFileSync(await buildModule());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(pinned().moduleSha256);
    expect(bytes).toHaveLength(pinned().moduleBytes);
  });

  it('exports the functions that are listed, its memory and its stack', async () => {
    const module = new WebAssembly.Module(readFileSync(await buildModule()));
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(exported.sort()).toEqual([...functionNames(), ...ADDED].sort());
    // Two ways to abort, randomness, and growing: nothing else comes from outside.
    expect(WebAssembly.Module.imports(module)).toHaveLength(4);
  });

  it('has no function that nothing here calls', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('functions.ts'),
    );
    const code = files.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
    expect(functionNames().filter((name) => !code.includes(`sodium.${name}(`))).toEqual([]);
  });

  it('is refused where the package or what is made of it is another than was pinned', async () => {
    const other = '0'.repeat(64);
    for (const pins of [
      { ...pinned(), packageSha256: other, moduleSha256: other },
      { ...pinned(), moduleSha256: other },
    ]) {
      await expect(buildModule({ pins })).rejects.toThrow('--renew');
    }
  }, 60_000);
});
