import { describe, expect, it } from 'vitest';
import { DRAFT_MAX_CHARACTERS } from '../../bridge/types.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createDraft } from './draft.ts';

describe('a draft', () => {
  it('is kept by the engine, the newest words after the one that is under way', async () => {
    const answers: (() => void)[] = [];
    const client = new FakeClient().answer(
      'set-draft',
      () => new Promise((done) => answers.push(() => done({}))),
    );
    const draft = createDraft(testSurroundings(client), BOB.id);
    draft.arrive('');
    for (const text of ['H', 'He', 'Hel']) draft.set(text);
    expect(client.callsOf('set-draft').map(({ text }) => text)).toEqual(['H']);
    answers.shift()?.();
    await settled();
    expect(client.callsOf('set-draft').map(({ text }) => text)).toEqual(['H', 'Hel']);
    answers.shift()?.();
    await settled();
    draft.set('Hell');
    expect(client.callsOf('set-draft')).toHaveLength(3);
  });

  it('stays with the engine until it is sent, whatever is written meanwhile', async () => {
    const answers: (() => void)[] = [];
    const client = new FakeClient().answer(
      'set-draft',
      () => new Promise((done) => answers.push(() => done({}))),
    );
    const draft = createDraft(testSurroundings(client), BOB.id);
    draft.arrive('');
    draft.set('Hello');
    draft.take();
    expect(draft.text.value).toBe('');
    answers.shift()?.();
    await settled();
    draft.take();
    draft.set('And');
    draft.settle('');
    expect(client.callsOf('set-draft').map(({ text }) => text)).toEqual(['Hello']);
    draft.settle('');
    expect(client.callsOf('set-draft').map(({ text }) => text)).toEqual(['Hello', 'And']);
  });

  it('comes from the engine unless something was written here', () => {
    const surroundings = testSurroundings(new FakeClient());
    const draft = createDraft(surroundings, BOB.id);
    draft.arrive('As I was saying');
    expect(draft.text.value).toBe('As I was saying');
    draft.set('');
    draft.arrive('As I was saying');
    expect(draft.text.value).toBe('');
  });

  it('stands before what was written until it came, and is not overwritten by that', async () => {
    const client = new FakeClient();
    const draft = createDraft(testSurroundings(client), BOB.id);
    draft.set('And then');
    await settled();
    expect(client.callsOf('set-draft')).toEqual([]);
    draft.arrive('As I was saying');
    expect(draft.text.value).toBe('As I was saying\nAnd then');
    expect(client.callsOf('set-draft').map(({ text }) => text)).toEqual(['As I was saying\nAnd then']);
  });

  it('stays on the screen when the engine does not take it, and is tried again', async () => {
    const client = new FakeClient().refuse('set-draft', 'engine-gone');
    const draft = createDraft(testSurroundings(client), BOB.id);
    draft.arrive('');
    draft.set('Hello');
    await settled();
    draft.set('Hello!');
    expect(draft.text.value).toBe('Hello!');
    expect(client.callsOf('set-draft')).toHaveLength(2);
    await settled();
    draft.set('x'.repeat(DRAFT_MAX_CHARACTERS + 1));
    expect(client.callsOf('set-draft')).toHaveLength(2);
  });
});
