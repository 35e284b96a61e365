import { expect, it } from 'vitest';
import { InTurn } from './in-turn.ts';

/** A connection that answers when it is told to, in the order in which it was asked. */
function connection() {
  const said: string[] = [];
  const due: { answer(): void; refuse(error: Error): void }[] = [];
  const say = (words: string) => () => {
    said.push(words);
    return new Promise<string>((resolve, reject) =>
      due.push({ answer: () => resolve(words), refuse: reject }),
    );
  };
  const turn = new InTurn((error) => error === UNKNOWN);
  const ask = (name: string) => turn.run(say(name), say(name.toUpperCase()));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const answer = async (error?: Error) => {
    const first = due.shift();
    if (error === undefined) first?.answer();
    else first?.refuse(error);
    await settle();
  };
  return { said, ask, answer };
}

const UNKNOWN = new Error('not understood');

it('says in whole what was not understood, and lets nobody come between', async () => {
  const { said, ask, answer } = connection();
  const first = [ask('a'), ask('b'), ask('c')];
  await answer(UNKNOWN);
  // Understood again as soon as one was said in whole: without waiting, this would come before b and c.
  const later = [ask('d'), ask('e')];
  expect(said).toEqual(['a', 'b', 'c', 'A']);
  await answer(UNKNOWN);
  await answer(UNKNOWN);
  expect(said).toEqual(['a', 'b', 'c', 'A', 'B', 'C', 'd', 'e']);
  for (let n = 0; n < 5; n++) await answer();
  expect(await Promise.all([...first, ...later])).toEqual(['A', 'B', 'C', 'd', 'e']);
  void ask('f');
  expect(said.at(-1)).toBe('f');
});

it('goes on where what others wait for fails', async () => {
  const { said, ask, answer } = connection();
  const gone = new Error('gone');
  const [a, b] = [ask('a'), ask('b')];
  await answer(UNKNOWN);
  const c = ask('c');
  const failed = [expect(b).rejects.toBe(gone), expect(a).rejects.toBe(gone)];
  await answer(gone);
  expect(said).toEqual(['a', 'b', 'A', 'c']);
  await answer(gone);
  await answer();
  await Promise.all(failed);
  expect(await c).toBe('c');
});
