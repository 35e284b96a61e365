import { signal } from '@preact/signals';
import * as pgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandResults } from '../../bridge/types/commands.ts';
import type { ProofView } from '../../bridge/types/snapshots.ts';
import { checkSignature } from '../openpgp.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createProof } from './proof.ts';

const TEXT = 'what the engine reads';
let message: string;
let key: string;

beforeAll(async () => {
  const { privateKey, publicKey } = await pgp.generateKey({
    userIDs: [{ name: 'Bob' }],
    format: 'object',
    date: new Date(Date.now() - 1000),
  });
  key = publicKey.armor();
  message = await pgp.sign({
    message: await pgp.createCleartextMessage({ text: TEXT }),
    signingKeys: privateKey,
  });
});

function proof(read: CommandResults['read-statement'], about: ProofView = {}) {
  const client = new FakeClient();
  client.answer('identity-statement', () => ({ text: 'my statement' }));
  client.answer('read-statement', () => read);
  const surroundings = {
    ...testSurroundings(client),
    checkSignature: (text: string, armored: string) => checkSignature(text, armored, Date.now()),
  };
  const bob = signal({ ...BOB, proof: about });
  const model = createProof(surroundings, BOB.id, () => bob.value);
  model.typeMessage(message);
  model.typeKey(key);
  return { client, model, surroundings, bob };
}

describe("a contact's OpenPGP proof", () => {
  it.each([
    [{ outcome: 'this', date: '2026-11-24' } as const, 'matches'],
    [{ outcome: 'another', date: '2026-11-24' } as const, 'another-identity'],
    [{ outcome: 'newer' } as const, 'newer'],
    [{ outcome: 'none' } as const, 'no-statement'],
  ])('with the signed text read as %j is: %s', async (read, state) => {
    const { client, model } = proof(read);
    await model.check();
    expect(model.outcome.value).toMatchObject({ state, key: { userIds: ['Bob'] } });
    expect(client.callsOf('read-statement')).toEqual([
      { type: 'read-statement', contactId: BOB.id, text: TEXT },
    ]);
  });

  it('is not asked about with a signature that does not hold', async () => {
    const { client, model } = proof({ outcome: 'this', date: '2026-11-24' });
    model.typeMessage(message.replace(TEXT, 'something else'));
    await model.check();
    expect(model.outcome.value.state).toBe('bad-signature');
    model.typeKey('hello');
    await model.check();
    expect(model.outcome.value).toEqual({ state: 'trouble', trouble: 'key-damaged' });
    expect(client.callsOf('read-statement')).toEqual([]);
  });

  it('is unchecked again as soon as something else is pasted, even while it is checked', async () => {
    const { model } = proof({ outcome: 'this', date: '2026-11-24' });
    const checking = model.check();
    model.typeMessage(`${message} `);
    await checking;
    expect(model.outcome.value).toEqual({ state: 'none' });
  });

  it('that matches is noted for the key that the person sees, and forgotten once it holds no more', async () => {
    const { client, model, bob } = proof({ outcome: 'this', date: '2026-11-24' });
    client.answer('note-proof', () => ({}));
    await model.check();
    const [noted] = client.callsOf('note-proof');
    expect(noted).toMatchObject({
      digits: BOB.safety.digits,
      checked: { userIds: ['Bob'], date: '2026-11-24' },
    });
    if (noted?.checked === undefined) throw new Error('nothing was noted');
    bob.value = { ...BOB, proof: { checked: { ...noted.checked, at: 1 } } };
    client.answer('read-statement', () => ({ outcome: 'another', date: '2026-11-24' }));
    await model.check();
    expect(client.callsOf('note-proof')[1]).toEqual({
      type: 'note-proof',
      contactId: BOB.id,
      digits: BOB.safety.digits,
    });
  });

  it('is noted for the key that the person saw when they asked, not for one that came meanwhile', async () => {
    const { client, model, bob } = proof({ outcome: 'this', date: '2026-11-24' });
    client.answer('note-proof', () => ({}));
    const checking = model.check();
    bob.value = { ...BOB, safety: { ...BOB.safety, digits: '9'.repeat(60) } };
    await checking;
    expect(client.callsOf('note-proof')).toMatchObject([{ digits: BOB.safety.digits }]);
  });

  it('is checked as they attached it, without pasting it', async () => {
    const { client, model, bob } = proof({ outcome: 'this', date: '2026-11-24' });
    client.answer('note-proof', () => ({})).answer('their-proof', () => ({ text: message }));
    model.typeMessage('');
    bob.value = { ...BOB, proof: { theirs: 1 } };
    await settled();
    await model.check();
    expect(model.outcome.value.state).toBe('matches');
    expect(client.callsOf('their-proof')).toHaveLength(1);
  });

  it('of mine is attached once it is signed, and taken back', async () => {
    const { client, model } = proof({ outcome: 'none' });
    client.refuse('attach-proof', 'proof-not-mine');
    model.typeSigned('hello');
    await model.attach();
    expect(model.attaching.value).toEqual({ state: 'failed', code: 'proof-not-mine' });
    model.typeSigned(message);
    client.answer('attach-proof', () => ({}));
    await model.attach();
    expect(model.signed.value).toBe('');
    await model.takeBack();
    expect(client.callsOf('attach-proof').map(({ text }) => text)).toEqual(['hello', message, '']);
  });

  it('of mine is copied to be signed elsewhere', async () => {
    const { model, surroundings } = proof({ outcome: 'none' });
    await settled();
    await model.copy();
    expect(surroundings.copied).toEqual(['my statement']);
    expect(model.copied.value).toBe('copied');
  });
});
