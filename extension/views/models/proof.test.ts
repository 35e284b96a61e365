import * as pgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandResults } from '../../bridge/types.ts';
import { checkSignature } from '../openpgp.ts';
import { FakeClient } from '../testing/fake-client.ts';
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

function proof(read: CommandResults['read-statement']) {
  const client = new FakeClient();
  client.answer('identity-statement', () => ({ text: 'my statement' }));
  client.answer('read-statement', () => read);
  const surroundings = {
    ...testSurroundings(client),
    checkSignature: (text: string, armored: string) => checkSignature(text, armored, Date.now()),
  };
  const model = createProof(surroundings, 'bob');
  model.typeMessage(message);
  model.typeKey(key);
  return { client, model, surroundings };
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
      { type: 'read-statement', contactId: 'bob', text: TEXT },
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

  it('of mine is copied to be signed elsewhere', async () => {
    const { model, surroundings } = proof({ outcome: 'none' });
    await settled();
    await model.copy();
    expect(surroundings.copied).toEqual(['my statement']);
    expect(model.copied.value).toBe('copied');
  });
});
