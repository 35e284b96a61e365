/**
 * As much of vitest as this package's suites use, for a page: the bundler puts it in the place of 'vitest'. A matcher
 * that is missing here fails to compile there, so the two cannot drift apart unseen.
 */

type Work = () => void | Promise<void>;
interface Suite {
  readonly path: string;
  readonly tests: { readonly name: string; readonly work: Work }[];
  readonly before: Work[];
  readonly after: Work[];
  /** After each test, here and in the suites inside. */
  readonly afterEach: Work[];
}

/** What one test came to; `error` where it failed. */
export interface Outcome {
  readonly name: string;
  readonly error?: string;
}

const suites: Suite[] = [];
let file = newSuite('');
let current = file;

function newSuite(path: string, outer?: Suite): Suite {
  const inherited = outer?.afterEach ?? [];
  const suite: Suite = { path, tests: [], before: [], after: [], afterEach: [...inherited] };
  suites.push(suite);
  return suite;
}

/** Called by the bundle between files. */
export function beginFile(name: string): void {
  file = newSuite(name);
  current = file;
}

export function describe(name: string, define: () => void): void {
  const outer = current;
  current = newSuite(`${outer.path} > ${name}`, outer);
  define();
  current = outer;
}

const test = (name: string, work: Work): void => void current.tests.push({ name, work });
/** A test for each row, whose first value stands in the name. */
const each =
  <Row extends readonly unknown[]>(rows: readonly Row[]) =>
  (name: string, work: (...row: Row) => void | Promise<void>): void => {
    for (const row of rows) test(name.replace('%s', String(row[0])), () => work(...row));
  };
export const it = Object.assign(test, { each });
export const beforeAll = (work: Work): void => void current.before.push(work);
export const afterEach = (work: Work): void => void current.afterEach.push(work);
export const afterAll = (work: Work): void => void current.after.push(work);

export async function runAll(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const suite of suites) {
    for (const work of suite.before) await work();
    for (const { name, work } of suite.tests) {
      outcomes.push(await attempt(`${suite.path} > ${name}`, work));
      for (const tidy of suite.afterEach) await tidy();
    }
  }
  for (const suite of suites) for (const work of suite.after) await work();
  return outcomes;
}

async function attempt(name: string, work: Work): Promise<Outcome> {
  try {
    await work();
    return { name };
  } catch (error) {
    return { name, error: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) };
  }
}

/** The matchers, and their opposites behind `not`. */
export function expect(actual: unknown) {
  return { ...matchers(actual, true), not: matchers(actual, false) };
}

function matchers(actual: unknown, wanted: boolean) {
  const check = (holds: boolean, what: string, expected?: unknown): void => {
    if (holds !== wanted) {
      throw new Error(`${show(actual)} ${wanted ? 'is not' : 'is'} ${what} ${show(expected)}`);
    }
  };
  const number = typeof actual === 'number' ? actual : Number.NaN;
  return {
    toBe: (expected: unknown) => check(Object.is(actual, expected), 'the same as', expected),
    toEqual: (expected: unknown) => check(equal(actual, expected), 'equal to', expected),
    toBeUndefined: () => check(actual === undefined, 'undefined'),
    toHaveLength: (length: number) => check(lengthOf(actual) === length, 'of length', length),
    toContain: (item: unknown) => check(Array.isArray(actual) && actual.includes(item), 'containing', item),
    toMatch: (pattern: RegExp) =>
      check(typeof actual === 'string' && pattern.test(actual), 'like', pattern.source),
    toBeLessThan: (bound: number) => check(number < bound, 'less than', bound),
    toBeLessThanOrEqual: (bound: number) => check(number <= bound, 'at most', bound),
    toBeGreaterThan: (bound: number) => check(number > bound, 'more than', bound),
    toBeGreaterThanOrEqual: (bound: number) => check(number >= bound, 'at least', bound),
  };
}

function lengthOf(value: unknown): number | undefined {
  return typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array
    ? value.length
    : undefined;
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
    return a.every((byte, index) => byte === b[index]);
  }
  if (a instanceof Set || b instanceof Set) {
    return a instanceof Set && b instanceof Set && a.size === b.size && [...a].every((item) => b.has(item));
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  // As in vitest, a property that is undefined equals one that is absent.
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal(Reflect.get(a, key), Reflect.get(b, key)));
}

function show(value: unknown): string {
  const text = value instanceof Uint8Array ? `bytes ${value.slice(0, 40).join(' ')}` : JSON.stringify(value);
  return (text ?? 'undefined').slice(0, 300);
}
