import { describe, expect, it } from 'vitest';
import { BOB, NOW, OPEN_INVITE, TOM } from '../testing/samples.ts';
import { inviteNames } from './invites.ts';

const people = [BOB, TOM];
const names = (...some: readonly { readonly createdAt: number; readonly contactId?: string }[]) => [
  ...inviteNames(
    some.map((more, n) => ({ ...OPEN_INVITE, ...more, id: `${n}` })),
    (id) => people.find((one) => one.id === id),
  ).values(),
];

describe('invites', () => {
  it('are called by their minute, and those that share one by their second', () => {
    const [first, second, another] = names(
      { createdAt: NOW + 7_000 },
      { createdAt: NOW + 41_000 },
      { createdAt: NOW + 60_000 },
    );
    expect(first).toMatch(/^Invite of .*12:05:07/);
    expect(second).toMatch(/^Invite of .*12:05:41/);
    expect(another).toMatch(/^Invite of .*12:06(?!:)/);
  });

  it('for somebody are called by their name, and by their moment where there are several', () => {
    const [one, other, bob] = names(
      { createdAt: NOW, contactId: TOM.id },
      { createdAt: NOW + 60_000, contactId: TOM.id },
      { createdAt: NOW, contactId: BOB.id },
    );
    expect([one, other]).toEqual([
      expect.stringMatching(/^(?!Invite).*12:05(?!:).*, for Tom Okafor$/),
      expect.stringMatching(/^(?!Invite).*12:06(?!:).*, for Tom Okafor$/),
    ]);
    expect(bob).toBe('Invite for Bob');
  });

  it('of one second have one name, and no more is looked for', () => {
    expect(new Set(names({ createdAt: NOW }, { createdAt: NOW })).size).toBe(1);
  });
});
