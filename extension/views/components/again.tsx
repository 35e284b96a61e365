import type { ComponentChildren } from 'preact';
import { words } from '../../locales/index.ts';
import type { Person } from '../models/person.ts';
import { AnnouncedTitle } from './announcer.tsx';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { Moon } from './moon.tsx';

interface Props {
  readonly person: Person;
  /** That the invite is no more. */
  readonly gone: string;
  readonly children?: ComponentChildren;
}

/** A contact who was to be connected again, once the invite for it is gone: whether it was with the key that one knows. */
export function Again({ person, gone, children }: Props) {
  const { navigation } = useApp();
  const changed = person.trust.state === 'changed';
  return (
    <div class="accepted">
      <Moon of={person.moon} size="large" />
      <AnnouncedTitle>{changed ? words.trust.changedTitle(person.name) : gone}</AnnouncedTitle>
      <Button onPress={() => navigation.go({ at: 'conversation', contactId: person.id })}>
        {changed ? words.trust.decide : words.invite.write(person.name)}
      </Button>
      {children}
    </div>
  );
}
