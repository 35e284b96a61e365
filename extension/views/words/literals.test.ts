import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { en } from '../../locales/en.ts';

const VIEWS = join(import.meta.dirname, '..');
const ENTRYPOINTS = join(VIEWS, '../entrypoints');

/** Attributes that a person reads or hears. */
const SPOKEN = new Set([
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'aria-valuetext',
  'alt',
  'title',
  'placeholder',
  'label',
  'hint',
  'name',
  'action',
]);

function sources(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file));
}

function parse(file: string, text = readFileSync(file, 'utf8')): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX);
}

const LETTER = /\p{L}/u;

/** Text for people that stands in a component instead of the catalogue. */
function literals(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && LETTER.test(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer !== undefined) {
      const { initializer } = node;
      const value = ts.isJsxExpression(initializer) ? initializer.expression : initializer;
      if (value !== undefined && ts.isStringLiteralLike(value) && LETTER.test(value.text))
        found.push(value.text);
    }
    if (ts.isJsxExpression(node) && node.expression !== undefined && !ts.isJsxAttribute(node.parent)) {
      const inner = node.expression;
      if (ts.isStringLiteralLike(inner) && LETTER.test(inner.text)) found.push(inner.text);
      if (ts.isTemplateExpression(inner)) found.push(inner.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('words for people', () => {
  const components = [
    ...sources(VIEWS, /^(components|screens)\/.*\.tsx$/),
    ...sources(ENTRYPOINTS, /\.tsx$/),
  ];

  it('are looked for in every component', () => {
    expect(components.length).toBeGreaterThan(20);
    expect(literals(parse('x.tsx', '<p title="Hello">World {"again"} {`and`}</p>'))).toEqual([
      'Hello',
      'World',
      'again',
      'and',
    ]);
  });

  it.each(components)('%s takes them from the catalogue', (file) => {
    expect(literals(parse(file))).toEqual([]);
  });

  it('are all used', () => {
    const code = sources(VIEWS, /\.tsx?$/)
      .filter((file) => !/test|gallery|testing/.test(file.slice(VIEWS.length)))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const unused: string[] = [];
    for (const [area, entries] of Object.entries(en)) {
      if (
        typeof entries !== 'object' ||
        ['manifest', 'notifications', 'errors', 'failure', 'emoji'].includes(area)
      )
        continue;
      for (const key of Object.keys(entries)) {
        if (!new RegExp(`\\b${key}\\b`).test(code)) unused.push(`${area}.${key}`);
      }
    }
    expect(unused).toEqual([]);
  });
});
