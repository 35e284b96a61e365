import type { FoundMessage } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import { shortMoment } from '../words/format.ts';
import { useApp } from './context.ts';
import { Moon } from './moon.tsx';
import { tellWhole } from './whole.ts';

interface Props {
  readonly found: FoundMessage;
  readonly contact: Person;
  /** Among messages of other conversations: whose it is has to be told. */
  readonly ofMany: boolean;
  readonly isEntry: boolean;
}

/** A message that was found, with the words around what was looked for. The whole row is the control. */
export function FoundRow({ found, contact, ofMany, isEntry }: Props) {
  const { navigation, now } = useApp();
  const screen: Screen = { at: 'conversation', contactId: contact.id, messageId: found.id };
  const mine = ofMany ? words.search.youTo(contact.name) : words.general.you;
  return (
    <li class={ofMany ? 'row found' : 'row found plain'}>
      {ofMany && <Moon of={contact.moon} />}
      <button
        type="button"
        class="row-words found-words row-control"
        data-row={keyOf(screen)}
        data-opens={keyOf(screen)}
        tabIndex={isEntry ? 0 : -1}
        onClick={() => navigation.go(screen)}
        onMouseEnter={tellWhole}
      >
        <span class="found-top">
          <span class="row-name one-line" dir="auto">
            {found.from === 'me' ? mine : contact.name}
          </span>{' '}
          <time>{shortMoment(found.at, now.value)}</time>
        </span>{' '}
        <span class="row-last" dir="auto">
          {found.excerpt.map(({ text, hit }) => (hit ? <mark>{text}</mark> : text))}
        </span>
      </button>
    </li>
  );
}
