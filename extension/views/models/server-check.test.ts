import { describe, expect, it } from 'vitest';
import type { CommandResults } from '../../bridge/types/commands.ts';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createServerCheck, TYPING_REST_MS } from './server-check.ts';

const WORKS = { server: 'https://chat.example.org', relay: true };

describe('a server being typed', () => {
  it('is looked for once the typing rests', async () => {
    const client = new FakeClient().answer('check-server', () => WORKS);
    const surroundings = testSurroundings(client);
    const check = createServerCheck(surroundings);
    for (const text of ['c', 'ch', 'chat.example.org']) {
      check.type(text);
      surroundings.clock.pass(TYPING_REST_MS - 1);
    }
    expect(client.calls).toEqual([]);
    surroundings.clock.pass(1);
    expect(check.state.value).toEqual({ state: 'checking' });
    await settled();
    expect(client.calls).toEqual([{ type: 'check-server', server: 'chat.example.org' }]);
    expect(check.state.value).toEqual({ state: 'works', ...WORKS });
  });

  it('never shows the answer to an older text', async () => {
    const answers: ((result: CommandResults['check-server']) => void)[] = [];
    const client = new FakeClient().answer(
      'check-server',
      () => new Promise((resolve) => answers.push(resolve)),
    );
    const check = createServerCheck(testSurroundings(client));
    check.type('one.example');
    const first = check.check();
    check.type('two.example');
    answers[0]?.({ server: 'https://one.example', relay: true });
    // Whoever asked goes on with what is on the screen, or not at all.
    expect(await first).toBeUndefined();
    expect(check.state.value).toEqual({ state: 'idle' });
  });

  it('says what is wrong, and nothing more once it is typed anew', async () => {
    const client = new FakeClient().answer('check-server', () => {
      throw new BridgeError('server-not-aside');
    });
    const check = createServerCheck(testSurroundings(client), 'example.org');
    expect(await check.check()).toBeUndefined();
    expect(check.state.value).toEqual({ state: 'failed', code: 'server-not-aside' });
    check.type('example.com');
    expect(check.state.value).toEqual({ state: 'idle' });
  });

  it('needs no network to refuse an empty field', async () => {
    const client = new FakeClient();
    const check = createServerCheck(testSurroundings(client), ' ');
    expect(await check.check()).toBeUndefined();
    expect(client.calls).toEqual([]);
    expect(check.state.value).toEqual({ state: 'failed', code: 'server-missing' });
  });

  it('asks nothing after it was left', () => {
    const client = new FakeClient();
    const surroundings = testSurroundings(client);
    const check = createServerCheck(surroundings);
    check.type('chat.example.org');
    check.dispose();
    surroundings.clock.pass(TYPING_REST_MS);
    expect(client.calls).toEqual([]);
  });
});
