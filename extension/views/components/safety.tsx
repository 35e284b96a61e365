import { TriangleAlert } from 'lucide-preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import { failureOf } from '../models/task.ts';
import type { Trust } from '../models/trust.ts';
import { digitGroups } from '../words/format.ts';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { Dialog } from './dialog.tsx';
import { Failure, Note } from './note.tsx';
import { QrCode } from './qr.tsx';

interface Props {
  readonly model: Trust;
  readonly contact: Person;
}

/** What the two compare: twelve pictures with their names, 60 digits, a code; and what came of it. */
export function Safety({ model, contact }: Props) {
  const { navigation } = useApp();
  const [shown, show] = useState<'nothing' | 'code' | 'differs'>('nothing');
  /** The digits that were compared: another key may come while it is asked how. */
  const [asking, ask] = useState<string>();
  const say = words.safety;
  const { safety, trust, name } = contact;
  const screen: Screen = { at: 'compare', contactId: contact.id };
  const code = failureOf(model.task.value);
  const isCompared = trust.state === 'compared';
  const title = useRef<HTMLHeadingElement>(null);
  const was = useRef(isCompared);
  useLayoutEffect(() => {
    // The button that was pressed is gone; but who is at something else, while another view says it, stays there.
    if (was.current !== isCompared && document.activeElement === document.body) title.current?.focus();
    was.current = isCompared;
  }, [isCompared]);
  return (
    <section class="safety" aria-labelledby="safety-title">
      <h2 id="safety-title" tabIndex={-1} ref={title}>
        {say.title}
      </h2>
      <ol class="pictures" aria-label={say.pictures}>
        {safety.emoji.map((each, at) => (
          <li key={`${at}-${each}`}>
            <span class="picture" aria-hidden="true">
              {each}
            </span>
            <span>{words.emoji[each]}</span>
          </li>
        ))}
      </ol>
      <p class="digits" dir="ltr">
        {digitGroups(safety.digits).map((group, at) => (
          <span key={`${at}-${group}`}>{group} </span>
        ))}
      </p>
      {shown === 'code' && (
        <figure class="code">
          <QrCode text={safety.code} name={say.codeName(name)} />
          <figcaption>{say.codeHint(name)}</figcaption>
        </figure>
      )}
      {shown === 'differs' && (
        <Note icon={TriangleAlert} kind="warning" title={say.differsTitle} announced>
          {say.differsHint(name)}
        </Note>
      )}
      {!isCompared && <Button onPress={() => ask(safety.digits)}>{say.matches}</Button>}
      <div class="pair">
        <Button kind="quiet" opens={keyOf(screen)} onPress={() => navigation.go(screen)}>
          {say.scan}
        </Button>
        <Button kind="quiet" onPress={() => show(shown === 'code' ? 'nothing' : 'code')}>
          {shown === 'code' ? say.hide : say.show}
        </Button>
      </div>
      <p class="safety-foot">
        {isCompared ? (
          // Not one button with the other below: whoever has pressed this one would be left on what it becomes.
          <button key="back" type="button" class="text-button" onClick={() => void model.takeBack()}>
            {say.takeBack}
          </button>
        ) : (
          <button
            key="differs"
            type="button"
            class="text-button"
            aria-expanded={shown === 'differs'}
            onClick={() => show(shown === 'differs' ? 'nothing' : 'differs')}
          >
            {say.differs}
          </button>
        )}
      </p>
      <Failure>{code === undefined ? undefined : words.errors[code]}</Failure>
      {asking !== undefined && (
        <How model={model} name={name} digits={asking} onClose={() => ask(undefined)} />
      )}
    </section>
  );
}

interface HowProps {
  readonly model: Trust;
  readonly name: string;
  readonly digits: string;
  readonly onClose: () => void;
}

/** How it was compared, which is what will stand there. */
function How({ model, name, digits, onClose }: HowProps) {
  const say = words.safety;
  return (
    <Dialog title={say.howTitle(name)} hint={say.howHint} onClose={onClose}>
      {(close) => {
        async function answer(how: 'eye' | 'voice'): Promise<void> {
          close();
          await model.compared(how, digits);
        }
        return (
          <div class="confirm-choices">
            <Button kind="quiet" onPress={() => void answer('eye')}>
              {say.byEye}
            </Button>
            <Button kind="quiet" onPress={() => void answer('voice')}>
              {say.byVoice}
            </Button>
            <Button kind="quiet" onPress={close}>
              {words.general.cancel}
            </Button>
          </div>
        );
      }}
    </Dialog>
  );
}
