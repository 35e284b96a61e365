import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorkers } from '../bridge/testing/fake-workers.ts';
import { createProof, type Proof } from './models/proof.ts';
import type { Job, Outcome } from './openpgp.ts';
import { checkInWorker } from './openpgp-worker.ts';
import { FakeClient } from './testing/fake-client.ts';
import { BOB } from './testing/samples.ts';
import { testSurroundings } from './testing/surroundings.ts';

const LIMIT = 10_000;

/** What comes of the worker's work. */
let comes: Outcome | 'nothing' | 'failure';
let workers: FakeWorkers<Job>;

let surroundings: ReturnType<typeof testSurroundings>;
let proof: Proof;

beforeEach(() => {
  workers = new FakeWorkers(() =>
    comes === 'nothing' || comes === 'failure' ? comes : { answer: Promise.resolve(comes) },
  );
  vi.stubGlobal('Worker', workers.Worker);
  const client = new FakeClient();
  client.answer('identity-statement', () => ({ text: 'my statement' }));
  surroundings = testSurroundings(client);
  const checkSignature = checkInWorker(surroundings.clock);
  proof = createProof({ ...surroundings, checkSignature }, BOB.id, () => signal(BOB).value);
  proof.typeMessage('a message');
  proof.typeKey('a key');
});

afterEach(() => vi.unstubAllGlobals());

describe('a check of a signature', () => {
  it('ends its worker with what came of it, whatever that is', async () => {
    const key = { fingerprint: 'ABCD', userIds: ['Bob'] };
    comes = { state: 'expired', ...key };
    await proof.check();
    expect(proof.outcome.value).toEqual({ state: 'expired', key });
    comes = { error: 'key-private' };
    await proof.check();
    expect(proof.outcome.value).toEqual({ state: 'trouble', trouble: 'key-private' });
    const job = { message: 'a message', key: 'a key', now: surroundings.clock.now() };
    expect(workers.asked).toEqual([job, job]);
    expect(workers.standing).toBe(0);
    // Nothing comes of its limit any more.
    surroundings.clock.pass(LIMIT);
    expect(workers.standing).toBe(0);
  });

  it('that goes on for ever is ended, and says so of the key', async () => {
    comes = 'nothing';
    const checking = proof.check();
    surroundings.clock.pass(LIMIT - 1);
    expect(proof.outcome.value).toEqual({ state: 'running' });
    expect(workers.standing).toBe(1);
    surroundings.clock.pass(1);
    await checking;
    expect(proof.outcome.value).toEqual({ state: 'trouble', trouble: 'key-unusual' });
    expect(workers.standing).toBe(0);
  });

  it('whose worker fails says nothing of the key, and can be asked for again', async () => {
    comes = 'failure';
    await proof.check();
    expect(proof.outcome.value).toEqual({ state: 'failed', code: 'internal' });
    expect(workers.standing).toBe(0);
    comes = { state: 'other-key', fingerprint: 'ABCD', userIds: [] };
    await proof.check();
    expect(proof.outcome.value.state).toBe('other-key');
  });
});
