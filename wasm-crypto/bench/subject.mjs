/**
 * What every side of the bench is asked to do. A work gives back the milliseconds of its parts; what is not timed does
 * not count.
 *
 * @typedef {Record<string, number>} Parts
 * @typedef {Record<'oneWay' | 'pingPong' | 'ahead' | 'setUp' | 'setUpAhead', (count: number) => Promise<Parts>>} Subject
 */

/** Messages sealed before they are opened: few enough that keeping them costs nothing. */
const BATCH = 100;

/**
 * @template Sealed
 * @template Bundle
 * @param {object} side
 * @param {(toB: boolean) => Sealed | Promise<Sealed>} side.seal 256 B
 * @param {(toB: boolean, sealed: Sealed) => unknown} side.open
 * @param {() => Bundle | Promise<Bundle>} side.invite one-time keys made and signed
 * @param {(bundle: Bundle) => unknown} side.answer from these to the first message opened
 * @param {() => void} [side.prepare] what can be done before a turn, and is not counted
 * @returns {Subject}
 */
export function roundTrips({ seal, open, invite, answer, prepare = () => {} }) {
  let toB = false;
  const setUp = async (/** @type {number} */ count, /** @type {() => void} */ before) => {
    let [inviting, answering] = [0, 0];
    for (let index = 0; index < count; index++) {
      before();
      const began = performance.now();
      const bundle = await invite();
      const between = performance.now();
      await answer(bundle);
      inviting += between - began;
      answering += performance.now() - between;
    }
    return { both: inviting + answering, answered: answering };
  };
  const pingPong = async (/** @type {number} */ count, /** @type {() => void} */ before) => {
    let both = 0;
    for (let index = 0; index < count; index++) {
      toB = !toB;
      before();
      const began = performance.now();
      await open(toB, await seal(toB));
      both += performance.now() - began;
    }
    return { both };
  };
  return {
    oneWay: async (count) => {
      let [sealing, opening] = [0, 0];
      for (let left = count; left > 0; left -= BATCH) {
        /** @type {Sealed[]} */
        const sealed = [];
        const began = performance.now();
        while (sealed.length < Math.min(left, BATCH)) {
          const one = seal(true);
          sealed.push(one instanceof Promise ? await one : one);
        }
        const between = performance.now();
        for (const one of sealed) {
          // Waiting for what is no promise would cost a sixth of a small message.
          const opened = open(true, one);
          if (opened instanceof Promise) await opened;
        }
        sealing += between - began;
        opening += performance.now() - between;
      }
      return { both: sealing + opening, seal: sealing, open: opening };
    },
    pingPong: (count) => pingPong(count, () => {}),
    ahead: (count) => pingPong(count, prepare),
    setUp: (count) => setUp(count, () => {}),
    setUpAhead: (count) => setUp(count, prepare),
  };
}

/** What a bundle's signature covers, about. */
export const SIGNED_BYTES = 1400;

/**
 * Works that are done one after the other, each the given number of times.
 *
 * @param {Record<string, () => unknown>} works
 * @returns {(count: number) => Promise<Parts>}
 */
export function each(works) {
  return async (count) =>
    Object.fromEntries(
      Object.entries(works).map(([name, work]) => {
        const began = performance.now();
        for (let index = 0; index < count; index++) work();
        return [name, performance.now() - began];
      }),
    );
}
