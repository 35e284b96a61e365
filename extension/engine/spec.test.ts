/** How much is remembered of what came back from a copy: the numbers of SPEC 12, at each and one beyond it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { remember } from './recovery/ways.ts';
import { noteRun, runFor } from './runs.ts';
import type { ContactRow, RecoveryRow } from './storage/rows.ts';

const spec = readFileSync(new URL('../../wasm-crypto/SPEC.md', import.meta.url), 'utf8');

/** The number in a sentence of the specification. */
function specified(sentence: RegExp): number {
  const [, number] = sentence.exec(spec) ?? [];
  if (number === undefined) throw new Error(`SPEC says nothing of ${sentence}`);
  return Number(number);
}

it('as many runs of either side are remembered as SPEC 12.6 says', () => {
  const most = specified(/The latest (\d+) runs of either side are remembered/);
  const row = {} as ContactRow;
  const add = (number: number) => noteRun(row, { ...runFor(row, `run ${number}`, number) });
  for (let number = 1; number <= most; number++) add(number);
  for (const runs of [row.runs, row.theirRuns]) expect(runs?.[0]).toMatchObject({ base: 1 });
  add(most + 1);
  for (const runs of [row.runs, row.theirRuns]) {
    expect(runs).toHaveLength(most);
    expect(runs?.[0]).toMatchObject({ base: 2 });
  }
});

it('as many bundles are known by their tags as SPEC 12.8 says', () => {
  const most = specified(/the tags of the latest (\d+) are kept/);
  const tags = Array.from({ length: most + 1 }, (_, at) => `tag ${at}`);
  const none = { handled: [] as string[] } as RecoveryRow;
  const { handled } = tags.reduce(remember, none);
  expect(handled).toEqual(tags.slice(1));
});
