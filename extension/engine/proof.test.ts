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

/** As an OpenPGP program wraps what it signs; nobody here looks at the signature. */
const signed = (text: string): string =>
  [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA512',
    '',
    text,
    '-----BEGIN PGP SIGNATURE-----',
    '',
    'iHUEARYKAB0WIQ',
    '-----END PGP SIGNATURE-----',
  ].join('\n');

describe('a signed statement', () => {
  const attach = (text: string) =>
    two.bob.engine.handle({ type: 'attach-proof', contactId: two.toAlice, text });
  const attached = async () =>
    (await two.alice.engine.handle({ type: 'their-proof', contactId: two.toBob })).text;
  const statement = async () => (await two.bob.engine.handle({ type: 'identity-statement' })).text;

  it('is attached for a contact, lasts, gives way to a newer one, and is taken back', async () => {
    const mine = signed(await statement());
    await attach(`My proof:\n${mine}\n`);
    await two.alice.contact(({ proof }) => proof.theirs !== undefined);
    expect(await attached()).toBe(mine);
    await two.alice.restart();
    expect(await attached()).toBe(mine);
    const newer = mine.replace('iHUEARYKAB0WIQ', 'iHUEARYKAB0WIR');
    await attach(newer);
    await expect.poll(attached).toBe(newer);
    expect((await two.bob.contact()).proof.mine).toBeTypeOf('number');
    await attach('');
    await two.alice.contact(({ proof }) => proof.theirs === undefined);
    expect((await two.bob.contact()).proof).toEqual({});
    expect(await attached()).toBe('');
  });

  it('is there again after somebody came back from a copy without it', async () => {
    const copy = await two.alice.copy();
    const mine = signed(await statement());
    await attach(mine);
    await two.alice.contact(({ proof }) => proof.theirs !== undefined);
    await two.alice.goBackTo(copy);
    await two.bob.send(two.toAlice, 'One');
    await two.alice.contact(({ proof }) => proof.theirs !== undefined);
    expect(await attached()).toBe(mine);
  });

  it("is refused where it is another's, unsigned, or too long", async () => {
    const others = (await two.alice.engine.handle({ type: 'identity-statement' })).text;
    for (const text of [signed(others), await statement(), `${signed(await statement())} and more`])
      await expect(attach(text)).rejects.toMatchObject({ code: 'proof-not-mine' });
    await expect(attach('x'.repeat(20_000))).rejects.toMatchObject({ code: 'proof-too-long' });
    // As JSON a control character is six.
    const swollen = signed(await statement()).replace('SHA512', '\u0001'.repeat(15_000));
    await expect(attach(swollen)).rejects.toMatchObject({ code: 'proof-too-long' });
  });

  it('that was checked is noted for the key that it was checked for', async () => {
    const { safety } = await two.alice.contact();
    const checked = { fingerprint: 'AB'.repeat(20), userIds: ['Bob'], date: '2026-11-24' };
    const note = (digits: string) =>
      two.alice.engine.handle({ type: 'note-proof', contactId: two.toBob, digits, checked });
    await expect(note('0'.repeat(60))).rejects.toMatchObject({ code: 'key-changed' });
    await note(safety.digits);
    await two.alice.restart();
    expect((await two.alice.contact()).proof.checked).toEqual({ ...checked, at: expect.any(Number) });
    await two.alice.engine.handle({ type: 'note-proof', contactId: two.toBob, digits: safety.digits });
    expect((await two.alice.contact()).proof).toEqual({});
  });
});
