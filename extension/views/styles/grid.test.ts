import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

// Every length of the style sheets stands on the grid: it is one of the tokens, grows with the text, or is listed here.

const FOLDER = new URL('.', import.meta.url);

/** Where lines are drawn: a hair is one or two px at every size of text. */
const LINE = /^(border|outline|box-shadow)/;

/** The lengths in px that are neither tokens nor lines, each with its reason. */
const KNOWN: Readonly<Record<string, string>> = {
  'base.css { width: min(22.5rem, 800px) }': 'no browser opens a wider popup',
  'base.css { height: min(35rem, 600px) }': 'nor a higher one',
  'base.css { width: 1px }': 'what only screen readers meet takes no room',
  'base.css { height: 1px }': 'the same',
  'controls.css { --around: calc(2 * (var(--s0) + 1px)) }': 'the line around a switch',
  'controls.css { min-height: calc(var(--touch) - 2px) }': 'the lines around a field in a box',
  'forced.css { padding: calc(var(--s2) - 2px) }': 'the line around a row in forced colours',
  'frame.css @media (max-height: 440px), (max-height: 20em)': 'a window, and not what is in it',
  'marks.css { width: min(2rem, 44px) }': 'a face, which grows until it is plain',
  'marks.css { height: min(2rem, 44px) }': 'the same',
  'marks.css { width: min(4.5rem, 112px) }': 'the same, alone on a screen',
  'marks.css { height: min(4.5rem, 112px) }': 'the same',
  'marks.css { border-radius: 2px }': 'the corners of a mark of seven px',
  'person.css { width: min(200px, 100%) }': 'a code is read by a camera, from a hand’s distance',
  'thread.css { inset-block-start: calc(100% - 1px) }': 'the line below the bar',
};

/** The sizes of type that are not of the scale, each with its reason. */
const KNOWN_TYPE: Readonly<Record<string, string>> = {
  'person.css { font-size: 1.625rem }': 'pictures, which are told apart and not read',
  'spoken.css { font-size: min(1.75rem, 11vw) }': 'words that are read across a table',
};

/** Lengths that are no words of their own: the names of fonts and of colours have none. */
const PX = /(?<![\w-])\d*\.?\d+px/;

/** The declarations and conditions of a style sheet. */
function partsOf(text: string): string[] {
  return text
    .replace(/\/\*.*?\*\//gs, '')
    .split(/[{};]/)
    .map((part) => part.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(' )', ')').trim());
}

/** Those that name px. */
function withPx(file: string, text: string): string[] {
  return partsOf(text)
    .filter((part) => PX.test(part))
    .filter((part) => !(LINE.test(part) && !part.startsWith('border-radius') && /(?<!\d)[12]px/.test(part)))
    .map((part) => (part.startsWith('@') ? `${file} ${part}` : `${file} { ${part} }`));
}

const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.css') && name !== 'tokens.css');
const sheets = await Promise.all(
  files.map(async (file) => ({ file, text: await readFile(new URL(file, FOLDER), 'utf8') })),
);
const all = sheets.flatMap(({ file, text }) => withPx(file, text));
/** The declarations of a size of type that is not one of the tokens. */
const type = sheets.flatMap(({ file, text }) =>
  partsOf(text)
    .filter((part) => /^font(-size)?:/.test(part) && !/: (inherit$|var\(--t-)/.test(part))
    .map((part) => `${file} { ${part} }`),
);

describe('the lengths of the style sheets', () => {
  it('are tokens, or grow with the text, or have a reason', () => {
    expect(all.filter((one) => !(one in KNOWN))).toEqual([]);
  });

  it('have no reason left over', () => {
    expect(Object.keys(KNOWN).filter((one) => !all.includes(one))).toEqual([]);
  });

  it('have tokens on the grid', async () => {
    const tokens = await readFile(new URL('tokens.css', FOLDER), 'utf8');
    const steps = [...tokens.matchAll(/--s(\d): (\d+)px/g)];
    expect(steps.length).toBeGreaterThan(5);
    for (const [, step, px] of steps) expect(Number(px)).toBe(step === '0' ? 2 : 4 * Number(step));
  });
});

describe('the sizes of type', () => {
  it('are those of the scale, or have a reason', () => {
    expect(type.filter((one) => !(one in KNOWN_TYPE))).toEqual([]);
  });

  it('have no reason left over', () => {
    expect(Object.keys(KNOWN_TYPE).filter((one) => !type.includes(one))).toEqual([]);
  });

  it('are the four of the look', async () => {
    const tokens = await readFile(new URL('tokens.css', FOLDER), 'utf8');
    const sizes = [...tokens.matchAll(/--t-[\w-]+: ([\d.]+)rem/g)].map(([, rem]) => Number(rem) * 16);
    expect(sizes).toEqual([12, 13, 15, 20]);
  });
});
