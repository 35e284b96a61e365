import { ChevronLeft, Info, Search } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { IconButton } from '../components/button.tsx';
import { ChangedKey, NothingIsSent } from '../components/changed-key.tsx';
import { Composer } from '../components/composer.tsx';
import { ConnectionButton } from '../components/connection-button.tsx';
import { useApp } from '../components/context.ts';
import { Moon } from '../components/moon.tsx';
import { Notices } from '../components/notices.tsx';
import { ServerBanner } from '../components/server-banner.tsx';
import { ServerMove } from '../components/server-move.tsx';
import { Thread } from '../components/thread.tsx';
import { tellWhole } from '../components/whole.ts';
import type { Conversation as ConversationModel } from '../models/conversation.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';

interface Props {
  readonly model: ConversationModel;
  readonly contact: Person;
  /** Beside the list, which then says what the matter with the server is, and needs no way back. */
  readonly beside: boolean;
}

/** What two people say to each other. */
export function Conversation({ model, contact, beside }: Props) {
  const { navigation } = useApp();
  const about: Screen = { at: 'contact', contactId: contact.id };
  const search: Screen = { at: 'search', contactId: contact.id };
  const isFound = navigation.behind.value?.at === 'search';
  const undecided = contact.trust.state === 'changed';
  return (
    <div class="screen conversation">
      <header class="bar">
        {(!beside || isFound) && (
          <IconButton icon={ChevronLeft} directed name={words.general.back} onPress={navigation.back} />
        )}
        <Moon of={contact.moon} size="small" />
        <div class="who">
          <h1 class="one-line" dir="auto" onMouseEnter={tellWhole}>
            {contact.name}
          </h1>
          <ConnectionButton contact={contact} ping={model.ping} address={model.address} />
        </div>
        <IconButton
          icon={Search}
          name={words.search.with(contact.name)}
          opens={keyOf(search)}
          onPress={() => navigation.go(search)}
        />
        <IconButton
          icon={Info}
          name={words.contact.about(contact.name)}
          opens={keyOf(about)}
          onPress={() => navigation.go(about)}
        />
      </header>
      {!beside && <ServerBanner />}
      {!beside && <Notices beside="thread" />}
      {!undecided && <ServerMove model={model.move} contact={contact} postponable />}
      {undecided && !model.later.value ? (
        <ChangedKey model={model} contact={contact} />
      ) : (
        <Messages model={model} contact={contact} />
      )}
      <News model={model} contact={contact} />
      {!undecided ? (
        <Composer key={contact.id} model={model} name={contact.name} />
      ) : (
        model.later.value && <NothingIsSent model={model} contact={contact} />
      )}
    </div>
  );
}

type PartProps = Pick<Props, 'model' | 'contact'>;

/** Looks at what is said by itself: with each message it is drawn anew, and nothing around it. */
function Messages({ model, contact }: PartProps) {
  const snapshot = model.snapshot.value;
  if (snapshot !== undefined)
    return <Thread key={contact.id} model={model} contact={contact} snapshot={snapshot} />;
  return (
    <div class="thread-frame">
      {model.slow.value && (
        <div class="skeleton-thread">
          <p class="day" role="status">
            {words.thread.loading}
          </p>
          <i />
          <i />
          <i />
        </div>
      )}
    </div>
  );
}

/** What came or failed just now, for those who listen. */
function News({ model, contact }: PartProps) {
  return (
    <p class="sr" aria-live="polite">
      {/* Each in an element of its own: what says the same as the one before is heard all the same. */}
      {model.arrived.value.map(({ id, text }) => (
        <span key={id}>{words.thread.announced(contact.name, text)}</span>
      ))}
      {model.undelivered.value.map(({ id, reason }) => (
        <span key={`${id} ${reason}`}>{words.failure[reason]}</span>
      ))}
    </p>
  );
}
