/** Whether all rests, once all is quiet. */
import { expect } from 'vitest';
import { checkDone, checkPlaces, hourOf, lyingAt, told } from '../rest.ts';
import type { Circle } from './circle.ts';
import { PASSPHRASE } from './member.ts';

/** Behind {@link Circle.settle}. */
export async function checkRest(circle: Circle): Promise<void> {
  const { all, clock } = circle;
  const went = await hourOf({
    clock,
    engines: all.length,
    moved: () => circle.moved,
    skip: (time) => circle.skip(time),
  });
  // What nobody takes goes again as often as a server drops it.
  const isHeard = all.every((member) => member.bonds.every((bond) => circle.isAnswered(member, bond)));
  if (isHeard) expect(went, 'envelopes in an hour of rest').toBe(0);
  for (const member of all) {
    const { engine } = member.person;
    if ((await member.app()).lock.passphrase)
      await engine.handle({ type: 'remove-passphrase', current: PASSPHRASE });
    const before = await told(member.person);
    await member.leave();
    for (const lying of await lyingAt(member.person)) {
      const bond = member.bonds.find(({ contactId }) => contactId === lying.id);
      const theirs = bond && circle.counterpart(member, bond);
      if (bond === undefined || theirs === undefined || !circle.isAnswered(member, bond)) continue;
      const title = `${member.key}'s row of ${bond.key}`;
      checkDone(lying, title);
      // Nothing is written to a key, or by one, about which somebody has to decide.
      if (bond.claimants.length + theirs.claimants.length === 0) checkPlaces(lying, title);
    }
    await member.come();
    expect(await told(member.person), `${member.key} after a restart`).toEqual(before);
  }
}
