import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../launch/paths.mjs';
import { isTested, promisesIn } from './promises.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

const promises = promisesIn(join(root, 'README.md'));

describe('the README', () => {
  it('names a test for every promise', () => {
    const section = readme.slice(
      readme.indexOf('## What Aside promises'),
      readme.indexOf('What Aside cannot promise'),
    );
    const rows = section.split('\n').filter((line) => line.startsWith('| ')).length - 2;
    expect(promises.length).toBe(rows);
    expect(rows).toBeGreaterThan(8);
  });

  it.each(promises)('names a test that there is: $title', (promise) => {
    expect(isTested(promise)).toBe(true);
  });

  it('links to files that there are', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path as string);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names commands that there are', () => {
    const named = [...readme.matchAll(/npm (?:run )?([a-z]+)/g)].map(([, name]) => name as string);
    expect(named.length).toBeGreaterThan(4);
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
