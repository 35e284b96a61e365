import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../launch/paths.mjs';
import { isTested, promisesIn } from './promises.ts';

const document = join(root, '.github', 'SECURITY.md');
const text = readFileSync(document, 'utf8');
const promises = promisesIn(document);

/** Whoever might want to read along. */
const ADVERSARIES = [
  'The network',
  'The signal server',
  'The relay',
  'A contact',
  'A web page',
  'Another extension',
  'A thief',
  'A later quantum computer',
];

describe('SECURITY.md', () => {
  it.each(ADVERSARIES)('says what they cannot do, by a test, and what they can: %s', (who) => {
    const section = text.split(/^## /m).find((part) => part.startsWith(`${who}\n`)) ?? '';
    expect(section).toContain('| cannot');
    expect(section).toMatch(/^- \*\*/m);
  });

  it('names a test for every "cannot"', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    const headings = rows.filter((line) => line.startsWith('| cannot')).length;
    const rules = rows.filter((line) => /^\| -+ \|/.test(line)).length;
    expect(promises.length).toBe(rows.length - headings - rules);
  });

  it.each(promises)('names a test that there is: $title', (promise) => {
    expect(isTested(promise)).toBe(true);
  });
});
