import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { ready } from '../testing/samples.ts';
import { createEngine, SILENT_MS, STARTING_MS } from './engine.ts';

describe('the engine as a view meets it', () => {
  it('is not spoken of while the wait is short', () => {
    const clock = new HandClock();
    const engine = createEngine(new FakeClient(), clock);
    expect(engine.reach.value).toBe('fresh');
    clock.pass(STARTING_MS - 1);
    expect(engine.reach.value).toBe('fresh');
    clock.pass(1);
    expect(engine.reach.value).toBe('starting');
  });

  it('is a matter for the person when it never speaks', () => {
    const clock = new HandClock();
    const client = new FakeClient({ phase: 'starting' });
    const engine = createEngine(client, clock);
    clock.pass(SILENT_MS);
    expect(engine.reach.value).toBe('silent');
    client.show(ready());
    expect(engine.reach.value).toBe('there');
  });

  it('keeps what it said last while it starts again, and says so only after a moment', () => {
    const clock = new HandClock();
    const client = new FakeClient(ready());
    const engine = createEngine(client, clock);
    client.show({ phase: 'starting' });
    expect(engine.app.value?.phase).toBe('ready');
    expect(engine.reach.value).toBe('there');
    clock.pass(STARTING_MS);
    expect(engine.reach.value).toBe('gone');
    clock.pass(SILENT_MS);
    expect(engine.reach.value).toBe('gone');
    client.show(ready());
    expect(engine.reach.value).toBe('there');
    clock.pass(SILENT_MS);
    expect(engine.reach.value).toBe('there');
  });

  it('is noticed to be gone by a command that fails for it, and by no other failure', async () => {
    const clock = new HandClock();
    const client = new FakeClient(ready()).refuse('ping', 'not-connected').refuse('reconnect', 'engine-gone');
    const engine = createEngine(client, clock);
    await expect(engine.client.call({ type: 'ping', contactId: '' })).rejects.toThrow(BridgeError);
    clock.pass(STARTING_MS);
    expect(engine.reach.value).toBe('there');
    await expect(engine.client.call({ type: 'reconnect' })).rejects.toThrow('engine-gone');
    clock.pass(STARTING_MS);
    expect(engine.reach.value).toBe('gone');
  });
});
