import type { InviteView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import type { Person } from '../models/person.ts';
import { shortDateTime, shortExactDateTime } from './format.ts';

/** What an invite can be called, from the shortest on. */
function namesOf(
  { createdAt }: InviteView,
  person: Pick<Person, 'name'> | undefined,
): readonly [string, ...string[]] {
  const say = words.list;
  const [moment, exact] = [shortDateTime(createdAt), shortExactDateTime(createdAt)];
  return person === undefined
    ? [say.inviteRow(moment), say.inviteRow(exact)]
    : [say.inviteFor(person.name), say.inviteForOf(person.name, moment), say.inviteForOf(person.name, exact)];
}

/** What each invite is called, by its id: as short as tells it from the others. */
export function inviteNames(
  invites: readonly InviteView[],
  contact: (contactId: string) => Pick<Person, 'name'> | undefined,
): ReadonlyMap<string, string> {
  const called = invites.map((invite) => {
    const person = invite.contactId === undefined ? undefined : contact(invite.contactId);
    const [name, ...longer] = namesOf(invite, person);
    return { id: invite.id, name, longer };
  });
  for (;;) {
    const counts = new Map<string, number>();
    for (const { name } of called) counts.set(name, (counts.get(name) ?? 0) + 1);
    const shared = called.filter(({ name, longer }) => (counts.get(name) ?? 0) > 1 && longer.length > 0);
    if (shared.length === 0) return new Map(called.map(({ id, name }) => [id, name]));
    for (const one of shared) one.name = one.longer.shift() ?? one.name;
  }
}
