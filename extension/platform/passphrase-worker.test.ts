import { cryptoModule } from '@aside/wasm-crypto/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doJob, type Job } from '../engine/storage/passphrase-work.ts';
import { HandClock } from '../engine/testing/hand-clock.ts';
import { Person } from '../engine/testing/person.ts';
import { workInWorker } from './passphrase-worker.ts';

const PASSPHRASE = 'orbit velvet canyon';
const MINUTE = 60_000;

let does: 'its work' | 'nothing' | 'failing';
let standing = 0;
/** A worker was given its job. */
let asked = () => {};

/** A worker as browsers make them, or end them. */
class FakeWorker {
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: () => void = () => {};

  constructor() {
    standing++;
  }

  postMessage(job: Job): void {
    asked();
    if (does === 'failing') queueMicrotask(() => this.onerror());
    if (does === 'its work') void doJob(job, cryptoModule()).then((data) => this.onmessage({ data }));
  }

  terminate(): void {
    standing--;
  }
}

let clock: HandClock;
let alice: Person;

const unlock = () => alice.engine.handle({ type: 'unlock', passphrase: PASSPHRASE });
const phase = async () => (await alice.until({ topic: 'app' }, () => true)).phase;

beforeEach(async () => {
  vi.stubGlobal('Worker', FakeWorker);
  does = 'its work';
  standing = 0;
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
    expect(standing).toBe(1);
    await clock.advance(MINUTE);
    await outcome;
    expect(standing).toBe(0);
    // As often as one likes: no guess was made.
    expect(await alice.until({ topic: 'app' }, () => true)).toEqual({ phase: 'locked' });
    does = 'its work';
    await unlock();
    expect(await phase()).toBe('ready');
    expect(standing).toBe(0);
  });

  it('fails says so, and the passphrase can be tried again', async () => {
    does = 'failing';
    for (let n = 0; n < 4; n++)
      await expect(unlock()).rejects.toMatchObject({ code: 'passphrase-unanswered' });
    does = 'its work';
    await unlock();
    expect(await phase()).toBe('ready');
  });
});
