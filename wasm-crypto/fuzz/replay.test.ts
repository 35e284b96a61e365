/** What fuzzing kept, and what it begins with, fed to every decoder again (run.mjs makes it). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CryptoError } from '../src/errors.ts';
import { useRandomSource } from '../src/random.ts';
import { cryptoModule } from '../testing/load.ts';
import { decoder } from './target.ts';
import { cryptoRefusals, cryptoTargets } from './targets.ts';

const targets = await cryptoTargets(cryptoModule());
afterAll(() => useRandomSource(undefined));

describe.each(Object.entries(targets))('%s', (name, target) => {
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
      for (const cut of [0, 1, seed.length >>> 1, seed.length - 1]) target.run(seed.slice(0, cut));
      target.run(Uint8Array.of(...seed, 0));
    }
  });
});

describe('the targets', () => {
  it('call every function of the package that takes bytes or a text from outside', () => {
    const exported = readFileSync(join(import.meta.dirname, '..', 'src', 'index.ts'), 'utf8');
    const decoders =
      exported.match(/\b(?:(?:decode|read|open|take)[A-Z]\w*|open|respond|BackupOpener)\b/g) ?? [];
    const files = readdirSync(import.meta.dirname).filter((name) => /^(?!replay).*\.ts$/.test(name));
    const targets = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('');
    expect(decoders.length).toBeGreaterThan(15);
    expect(
      decoders.filter(
        (name) => !new RegExp(`\\b${name}\\(`).test(targets) && !new RegExp(`: ${name}\\b`).test(targets),
      ),
    ).toEqual([]);
  });
});

describe('the property of a decoder', () => {
  const property = (decode: (input: Uint8Array) => number) =>
    decoder({
      maxBytes: 1,
      seeds: [],
      refusals: cryptoRefusals,
      decode,
      encode: (value) => Uint8Array.of(value),
    });

  it('does not hold for one that forgets something, or throws another error', () => {
    expect(property(([first = 0]) => first).run(Uint8Array.of(7))).toBe('a value');
    expect(() => property(() => 1).run(Uint8Array.of(7))).toThrow('other bytes');
    const broken = property(() => {
      throw new RangeError('offset');
    });
    expect(() => broken.run(Uint8Array.of(7))).toThrow(RangeError);
    const refusing = property(() => {
      throw new CryptoError('malformed', 'x of 7 bytes');
    });
    expect(refusing.run(Uint8Array.of(7))).toBe('malformed: x of n bytes');
  });
});
