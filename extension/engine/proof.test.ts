import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
});
afterEach(() => two.end());

const read = (text: string) =>
  two.alice.engine.handle({ type: 'read-statement', contactId: two.toBob, text });

describe('a statement of identity', () => {
  it("is a contact's where that contact made it, and another's where somebody else did", async () => {
    const bobs = (await two.bob.engine.handle({ type: 'identity-statement' })).text;
    const mine = (await two.alice.engine.handle({ type: 'identity-statement' })).text;
    const date = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/);
    expect(await read(bobs)).toEqual({ outcome: 'this', date });
    expect(await read(mine)).toEqual({ outcome: 'another', date });
  });

  it('is none where anything was added, and newer where it is of a later form', async () => {
    const { text } = await two.bob.engine.handle({ type: 'identity-statement' });
    expect(await read(`${text}\nNot really.`)).toEqual({ outcome: 'none' });
    expect(await read('')).toEqual({ outcome: 'none' });
    expect(await read(text.replace('version 1', 'version 2'))).toEqual({ outcome: 'newer' });
  });

  it('is read for nobody who is no contact', async () => {
    const asked = two.alice.engine.handle({ type: 'read-statement', contactId: '0'.repeat(32), text: '' });
    await expect(asked).rejects.toMatchObject({ code: 'unknown-contact' });
  });
});
