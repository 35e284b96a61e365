import { TriangleAlert } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import type { Conversation } from '../models/conversation.ts';
import type { Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import { failureOf } from '../models/task.ts';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';
import { useApp } from './context.ts';
import { Icon } from './icon.tsx';
import { Note } from './note.tsx';

interface Props {
  readonly model: Conversation;
  readonly contact: Person;
}

/** Stands in the place of a conversation whose other side has another key, until the person decides. */
export function ChangedKey({ model, contact }: Props) {
  const { navigation } = useApp();
  /** With the digits of the key that it is asked about: yet another one may come before the answer. */
  const [asking, ask] = useState<{ readonly about: 'goOn' | 'keepOld'; readonly digits: string }>();
  const say = words.trust;
  const { name, trust, safety } = contact;
  const page: Screen = { at: 'contact', contactId: contact.id };
  const code = failureOf(model.trust.task.value);
  const ways = {
    keepOld: {
      title: say.keepOldTitle,
      hint: say.keepOldHint(name),
      action: say.keepOldConfirm,
      kind: 'main',
      decide: model.trust.keepOld,
    },
    goOn: {
      title: say.goOnTitle,
      hint: say.goOnHint(name),
      action: say.goOnConfirm,
      kind: 'danger',
      decide: model.trust.goOn,
    },
  } as const;
  return (
    <div class="body">
      <Note icon={TriangleAlert} kind="warning" title={say.changedTitle(name)}>
        {trust.state === 'changed' && trust.wasCompared && `${say.changedWasCompared(name)} `}
        {say.changedHint(name)}
      </Note>
      <p>{say.changedAsk(name)}</p>
      <div class="actions">
        <Button arrive takesFocus onPress={() => navigation.go(page)}>
          {say.compareNow}
        </Button>
        <Button
          kind="quiet"
          onPress={() => {
            model.later.value = true;
          }}
        >
          {say.look}
        </Button>
        <p class="safety-foot">
          <button
            type="button"
            class="text-button"
            onClick={() => ask({ about: 'keepOld', digits: safety.digits })}
          >
            {say.keepOld}
          </button>
          <button
            type="button"
            class="text-button"
            onClick={() => ask({ about: 'goOn', digits: safety.digits })}
          >
            {say.goOn}
          </button>
        </p>
      </div>
      {asking !== undefined && (
        <Confirm
          key={asking.about}
          title={ways[asking.about].title}
          hint={ways[asking.about].hint}
          action={ways[asking.about].action}
          kind={ways[asking.about].kind}
          onConfirm={() => void ways[asking.about].decide(asking.digits)}
          busy={model.trust.task.value.state === 'running'}
          failure={code === undefined ? undefined : words.errors[code]}
          // A dialog tells late that it was closed: by then the other question may have been asked.
          onClose={() => ask((now) => (now === asking ? undefined : now))}
        />
      )}
    </div>
  );
}

/** In the composer's place, while the person looks at the messages and has not decided. */
export function NothingIsSent({ model, contact }: Props) {
  const say = words.trust;
  return (
    <div class="nothing-sent">
      <Icon of={TriangleAlert} size={18} />
      <p>{say.nothingIsSent(contact.name)}</p>
      <Button
        arrive
        takesFocus
        size="small"
        onPress={() => {
          model.later.value = false;
        }}
      >
        {say.decide}
      </Button>
    </div>
  );
}
