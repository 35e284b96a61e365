import { cryptoModule } from '@aside/wasm-crypto/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorkers } from '../bridge/testing/fake-workers.ts';
import { doJob, type Job } from '../engine/storage/passphrase-work.ts';
import { HandClock } from '../engine/testing/hand-clock.ts';
import { Person } from '../engine/testing/person.ts';
import { workInWorker } from './passphrase-worker.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;

/** What comes of the workers' work. */
let does: 'its work' | 'nothing' | 'failure';
/** A worker was given its job. */
let asked = () => {};
let workers: FakeWorkers<Job>;

let clock: HandClock;
let alice: Person;

const unlock = () => alice.engine.handle({ type: 'unlock', passphrase: PASSPHRASE });
const phase = async () => (await alice.until({ topic: 'app' }, () => true)).phase;

beforeEach(async () => {
  workers = new FakeWorkers((job) => {
    asked();
    return does === 'its work' ? { answer: doJob(job, cryptoModule()) } : does;
  });
  vi.stubGlobal('Worker', workers.Worker);
  does = 'its work';
  clock = new HandClock();
  alice = await new Person('Alice', 'https://a.example', clock).begin();
  alice.work = workInWorker(clock);
  await alice.engine.handle({ type: 'set-passphrase', next: PASSPHRASE });
  await alice.engine.handle({ type: 'lock' });
});

afterEach(async () => {
  await alice.engine.stop();
  vi.unstubAllGlobals();
});

describe('a worker that', () => {
  it('never answers is given up after a minute, and the passphrase can be tried again', async () => {
    does = 'nothing';
    const isAsked = new Promise<void>((done) => {
      asked = done;
    });
    const outcome = expect(unlock()).rejects.toMatchObject({ code: 'passphrase-unanswered' });
    await isAsked;
    expect(workers.standing).toBe(1);
    await clock.advance(MINUTE);
    await outcome;
    expect(workers.standing).toBe(0);
    // As often as one likes: no guess was made.
    expect(await alice.until({ topic: 'app' }, () => true)).toEqual({ phase: 'locked' });
    does = 'its work';
    await unlock();
    expect(await phase()).toBe('ready');
    expect(workers.standing).toBe(0);
  });

  it('fails says so, and the passphrase can be tried again', async () => {
    does = 'failure';
    for (let n = 0; n < 4; n++)
      await expect(unlock()).rejects.toMatchObject({ code: 'passphrase-unanswered' });
    does = 'its work';
    await unlock();
    expect(await phase()).toBe('ready');
  });
});
