import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { PROPOSED, SETTINGS } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createAccept } from './accept.ts';
import { createFirstRun } from './first-run.ts';

const DEFAULT = { phase: 'first-run', defaultServer: SETTINGS.server } as const;

describe('first run', () => {
  it('begins with a name and the default server', async () => {
    const client = new FakeClient();
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined);
    model.typeName('  Alice ');
    await model.start();
    expect(client.calls).toEqual([{ type: 'begin', name: 'Alice', server: SETTINGS.server }]);
    expect(model.begin.value).toEqual({ state: 'done' });
  });

  it('asks for a name before anything else', async () => {
    const client = new FakeClient();
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined);
    await model.start();
    expect(model.begin.value).toEqual({ state: 'failed', code: 'name-empty' });
    model.typeName('🌙'.repeat(61));
    await model.start();
    expect(model.begin.value).toEqual({ state: 'failed', code: 'name-too-long' });
    expect(client.calls).toEqual([]);
  });

  it('says of everything that is missing that it is', async () => {
    const client = new FakeClient();
    const model = createFirstRun(testSurroundings(client), { phase: 'first-run' }, undefined);
    model.openWords();
    await model.start();
    expect(model.begin.value).toEqual({ state: 'failed', code: 'name-empty' });
    expect(model.typeWords.value?.state.value).toEqual({ step: 'typing', short: true });
    expect(model.serverField.value?.state.value).toEqual({ state: 'failed', code: 'server-missing' });
    expect(client.calls).toEqual([]);
    model.closeWords();
    client.refuse('read-invite', 'invite-damaged');
    model.openLink();
    await model.start();
    await settled();
    expect(model.link.value?.state.value).toEqual({ step: 'paste', code: 'invite-damaged' });
    expect(client.callsOf('begin')).toEqual([]);
  });

  it('asks for a server where none is known, and begins only with one that works', async () => {
    const client = new FakeClient().refuse('check-server', 'server-unreachable');
    const model = createFirstRun(testSurroundings(client), { phase: 'first-run' }, undefined);
    model.typeName('Alice');
    model.serverField.value?.type('chat.example.org');
    await model.start();
    expect(client.callsOf('begin')).toEqual([]);
    expect(model.begin.value).toEqual({ state: 'idle' });
    client.answer('check-server', () => ({ server: 'https://chat.example.org', relay: true }));
    await model.start();
    expect(client.callsOf('begin')).toEqual([
      { type: 'begin', name: 'Alice', server: 'https://chat.example.org' },
    ]);
  });

  it('lets the default server be changed', async () => {
    const client = new FakeClient().answer('check-server', () => ({
      server: 'https://other.example',
      relay: true,
    }));
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined);
    model.typeName('Alice');
    model.changeServer();
    model.serverField.value?.type('other.example');
    await model.start();
    expect(client.callsOf('begin')[0]?.server).toBe('https://other.example');
  });

  it("takes an invite's server without asking, and accepts in the same step", async () => {
    const client = new FakeClient().answer('accept-invite', () => ({ contactId: 'c' }));
    const opened: string[] = [];
    const proposal = createAccept(testSurroundings(client), (contactId) => opened.push(contactId), {
      proposed: PROPOSED,
    });
    const model = createFirstRun(
      testSurroundings(client),
      { phase: 'first-run', proposed: PROPOSED },
      proposal,
    );
    expect(model.serverField.value).toBeUndefined();
    model.typeName('Bob');
    await model.start();
    expect(client.calls.map(({ type }) => type)).toEqual(['begin', 'accept-invite']);
    expect(client.callsOf('begin')[0]?.server).toBe(PROPOSED.server);
    expect(opened).toEqual(['c']);
  });

  it('begins with three words, through the server that was said with them', async () => {
    const client = new FakeClient()
      .answer('check-server', () => ({ server: 'https://other.example', relay: true }))
      .answer('accept-words', () => ({ contactId: 'c' }));
    const opened: string[] = [];
    const model = createFirstRun(testSurroundings(client), { phase: 'first-run' }, undefined, {
      accepted: (contactId) => opened.push(contactId),
      wordsRefused() {},
      linkRefused() {},
    });
    model.openWords();
    model.typeName('Bob');
    await model.start();
    expect(model.typeWords.value?.state.value).toEqual({ step: 'typing', short: true });
    expect(client.calls).toEqual([]);
    model.typeWords.value?.type('river window lemonade at other.example');
    await model.start();
    expect(client.calls.map(({ type }) => type)).toEqual(['check-server', 'begin', 'accept-words']);
    expect(client.callsOf('begin')[0]?.server).toBe('https://other.example');
    expect(opened).toEqual(['c']);
    // Who was told words is the guest of who said them.
    expect(client.callsOf('check-server')[0]).toMatchObject({ invited: true });
  });

  it('wants a pass for a typed server only of whoever begins without words', async () => {
    const client = new FakeClient()
      .answer('check-server', ({ server, invited }) => {
        if (invited !== true) throw new BridgeError('server-pass-missing');
        return { server: `https://${server}`, relay: true };
      })
      .answer('accept-words', () => ({ contactId: 'c' }));
    const model = createFirstRun(testSurroundings(client), { phase: 'first-run' }, undefined);
    model.typeName('Bob');
    model.serverField.value?.type('closed.example');
    await model.start();
    expect(model.serverField.value?.state.value).toEqual({ state: 'failed', code: 'server-pass-missing' });
    model.openWords();
    model.typeWords.value?.type('river window lemonade');
    await model.start();
    expect(client.callsOf('begin')[0]?.server).toBe('https://closed.example');
    expect(client.callsOf('accept-words')).toHaveLength(1);
  });

  it('begins with three words through the default server, unless there is no such server', async () => {
    const client = new FakeClient()
      .refuse('check-server', 'server-unreachable')
      .answer('accept-words', () => ({ contactId: 'c' }));
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined);
    model.openWords();
    model.typeName('Bob');
    model.typeWords.value?.type('river window lemonade at nowhere.example');
    await model.start();
    expect(model.begin.value).toEqual({ state: 'failed', code: 'server-unreachable' });
    expect(client.callsOf('begin')).toEqual([]);
    model.typeWords.value?.type('river window lemonade');
    await model.start();
    expect(client.callsOf('begin')[0]?.server).toBe(SETTINGS.server);
    expect(client.callsOf('accept-words')).toHaveLength(1);
  });

  it('stays begun when the words lead nowhere, and hands them on', async () => {
    const client = new FakeClient().refuse('accept-words', 'words-wrong');
    const refused: unknown[] = [];
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined, {
      accepted() {},
      wordsRefused: (typeWords) => refused.push(typeWords),
      linkRefused() {},
    });
    model.openWords();
    model.typeName('Bob');
    model.typeWords.value?.type('river window lemonade');
    await model.start();
    expect(model.begin.value).toEqual({ state: 'done' });
    expect(refused).toEqual([model.typeWords.value]);
    expect(model.typeWords.value?.state.value).toEqual({ step: 'typing', code: 'words-wrong' });
    model.closeWords();
    expect(model.typeWords.value).toBeUndefined();
  });

  it('stays begun when the invite turns out to be used, and its model says so', async () => {
    const client = new FakeClient().refuse('accept-invite', 'invite-used-or-withdrawn');
    const proposal = createAccept(testSurroundings(client), () => {}, { proposed: PROPOSED });
    const model = createFirstRun(
      testSurroundings(client),
      { phase: 'first-run', proposed: PROPOSED },
      proposal,
    );
    model.typeName('Bob');
    await model.start();
    expect(model.begin.value).toEqual({ state: 'done' });
    expect(proposal.state.value).toMatchObject({ step: 'confirm', code: 'invite-used-or-withdrawn' });
  });

  it('begins with a pasted link, at the server of its invite', async () => {
    const client = new FakeClient()
      .answer('read-invite', () => PROPOSED)
      .answer('accept-invite', () => ({ contactId: 'c' }));
    const opened: string[] = [];
    const model = createFirstRun(testSurroundings(client), { phase: 'first-run' }, undefined, {
      accepted: (contactId) => opened.push(contactId),
      wordsRefused() {},
      linkRefused() {},
    });
    model.openLink();
    model.typeName('Bob');
    model.typeLink(PROPOSED.link);
    await model.start();
    expect(client.calls.map(({ type }) => type)).toEqual(['read-invite', 'begin', 'accept-invite']);
    expect(client.callsOf('begin')[0]?.server).toBe(PROPOSED.server);
    expect(client.callsOf('accept-invite')[0]?.text).toBe(PROPOSED.link);
    expect(opened).toEqual(['c']);
  });

  it('begins nothing with a link that says nothing, or with none', async () => {
    const client = new FakeClient().refuse('read-invite', 'invite-damaged');
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined);
    model.openLink();
    model.typeName('Bob');
    for (const text of ['', 'https://chat.example.org']) {
      model.typeLink(text);
      await model.start();
      expect(model.link.value?.state.value, text).toEqual({ step: 'paste', code: 'invite-damaged' });
    }
    expect(model.begin.value).toEqual({ state: 'idle' });
    model.closeLink();
    await model.start();
    expect(client.callsOf('begin')[0]?.server).toBe(SETTINGS.server);
  });

  it('stays begun when the link turns out to be used, and hands it on', async () => {
    const client = new FakeClient()
      .answer('read-invite', () => PROPOSED)
      .refuse('accept-invite', 'invite-used-or-withdrawn');
    const refused: unknown[] = [];
    const model = createFirstRun(testSurroundings(client), DEFAULT, undefined, {
      accepted() {},
      wordsRefused() {},
      linkRefused: (link) => refused.push(link),
    });
    model.openLink();
    model.typeName('Bob');
    model.typeLink(PROPOSED.link);
    await model.start();
    expect(model.begin.value).toEqual({ state: 'done' });
    expect(refused).toEqual([model.link.value]);
    expect(model.link.value?.state.value).toMatchObject({
      step: 'confirm',
      code: 'invite-used-or-withdrawn',
    });
  });
});
