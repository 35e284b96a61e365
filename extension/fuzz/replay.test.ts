/** What fuzzing kept, and what it begins with, fed to the engine's decoders again (wasm-crypto/fuzz/run.mjs makes it). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineTargets } from './targets.ts';

describe.each(Object.entries(engineTargets))('%s', (name, target) => {
  const kept: { outcome: string; input: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, 'corpus', `${name}.json`), 'utf8'),
  );

  it('meets every kept input as before', () => {
    expect(kept.length).toBeGreaterThan(0);
    for (const { outcome, input } of kept) {
      expect(target.run(new Uint8Array(Buffer.from(input, 'base64')))).toBe(outcome);
    }
  });

  it('begins with inputs that reach it, and knows them cut short or longer', () => {
    expect(target.seeds.length).toBeGreaterThan(0);
    for (const seed of target.seeds) {
      expect(target.run(seed)).toEqual(expect.any(String));
      for (let cut = 0; cut < seed.length; cut += 1 + (seed.length >>> 6)) target.run(seed.slice(0, cut));
      target.run(Uint8Array.of(...seed, 0));
    }
  });
});
