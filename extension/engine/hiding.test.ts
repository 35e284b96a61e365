import { describe, expect, it } from 'vitest';
import { accept, addressView, carriedWord } from './hiding.ts';
import type { ContactRow } from './storage/rows.ts';

describe('my address', () => {
  it.each([
    ['everybody', 'unasked', 'shown'],
    ['everybody', 'yes', 'shown'],
    ['everybody', 'never', 'hidden'],
    ['accepted', 'unasked', 'until-accepted'],
    ['accepted', 'yes', 'shown'],
    ['accepted', 'never', 'hidden'],
    ['nobody', 'unasked', 'hidden-from-all'],
    ['nobody', 'yes', 'hidden-from-all'],
    ['nobody', 'never', 'hidden-from-all'],
  ] as const)('for %s, towards a contact with %s, is %s', (direct, contact, view) => {
    expect(addressView(direct, contact)).toBe(view);
  });

  it('stays hidden from whom it was hidden, whatever I write', () => {
    const row: Pick<ContactRow, 'direct'> = { direct: 'never' };
    accept(row);
    expect(row.direct).toBe('never');
  });

  it('is hidden again from another key, and stays hidden from any', () => {
    const before = (direct: ContactRow['direct']) => ({ direct }) as ContactRow;
    expect(carriedWord(before('yes'), false)).toBe('unasked');
    expect(carriedWord(before('yes'), true)).toBe('yes');
    expect(carriedWord(before('never'), false)).toBe('never');
    expect(carriedWord(undefined, false)).toBe('unasked');
  });
});
