import { readFileSync } from 'node:fs';
import { blake2b } from '@noble/hashes/blake2.js';
import { describe, expect, it } from 'vitest';
import * as wire from './index.ts';

/** WIRE.md is what a stranger writes a client from: this holds its examples and tables to the code. */
const text = readFileSync(new URL('./WIRE.md', import.meta.url), 'utf8');

const BYTE_FIELDS = new Set(['mailbox', 'key', 'pass', 'envelope']);

const examples = [...text.matchAll(/```example\n(client|server) (.*)\n([\s\S]*?)```/g)].map(
  ([, side, json, hex]) => ({ side, json: json!, bytes: fromHex(hex!.replace(/\s+/g, '')) }),
);

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The frame that an example's JSON means: byte fields stand there in hexadecimal. */
function fromJson(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) =>
    BYTE_FIELDS.has(key) && typeof value === 'string' ? fromHex(value) : value,
  );
}

/** Rows of `| name | number |` in the table under a heading. */
function table(heading: string): Record<string, number> {
  const section = text.split(`\n### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  return Object.fromEntries(
    [...section.matchAll(/^\| `([^`]+)` +\| (0x[0-9a-f]+|\d+) +\|/gm)].map(([, name, code]) => [
      name!,
      Number(code),
    ]),
  );
}

describe('WIRE.md', () => {
  it('shows every type of frame', () => {
    const shown = examples.map(({ side, json }) => `${side} ${JSON.parse(json).type}`);
    for (const type of Object.keys(wire.CLIENT_TYPES)) expect(shown).toContain(`client ${type}`);
    for (const type of Object.keys(wire.SERVER_TYPES)) expect(shown).toContain(`server ${type}`);
  });

  it.each(examples)('has the bytes of $side $json', ({ side, json, bytes }) => {
    if (side === 'client') {
      expect(toHex(wire.encodeClientFrame(fromJson(json) as wire.ClientFrame))).toBe(toHex(bytes));
      expect(wire.decodeClientFrame(bytes)).toEqual(fromJson(json));
    } else {
      expect(toHex(wire.encodeServerFrame(fromJson(json) as wire.ServerFrame))).toBe(toHex(bytes));
      expect(wire.decodeServerFrame(bytes)).toEqual(fromJson(json));
    }
  });

  it('names mailboxes by the hash of their key', () => {
    for (const { json } of examples) {
      const frame = fromJson(json) as { type: string; key: Uint8Array; mailbox: Uint8Array };
      if (frame.type === 'open') expect(blake2b(frame.key, { dkLen: 32 })).toEqual(frame.mailbox);
    }
  });

  it('has the tables of the code', () => {
    expect(table('Client types')).toEqual(wire.CLIENT_TYPES);
    expect(table('Server types')).toEqual(wire.SERVER_TYPES);
    expect(table('Refusals')).toEqual(wire.REFUSALS);
    expect(table('Outcomes')).toEqual(wire.OUTCOMES);
    expect(table('Close codes')).toEqual(wire.CLOSE_CODES);
    expect(table('Limits')).toEqual(
      Object.fromEntries(Object.entries(wire).filter(([, value]) => typeof value === 'number')),
    );
  });

  it('names the path and the subprotocol', () => {
    expect(text).toContain(`path \`${wire.WIRE_PATH}\``);
    expect(text).toContain(`subprotocol \`${wire.WIRE_SUBPROTOCOL}\``);
    expect(text).toContain(`GET ${wire.ABOUT_PATH}`);
  });
});
