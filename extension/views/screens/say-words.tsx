import { AudioLines, CircleAlert, Hourglass, LoaderCircle, TriangleAlert } from 'lucide-preact';
import type { SpokenView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { Again } from '../components/again.tsx';
import { AnnouncedTitle } from '../components/announcer.tsx';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Moon } from '../components/moon.tsx';
import { Note } from '../components/note.tsx';
import type { Ready } from '../models/app.ts';
import type { SayWords as SayWordsModel } from '../models/say-words.ts';
import { failureOf } from '../models/task.ts';
import { countdown, serverName } from '../words/format.ts';
import { spell } from '../words/spoken.ts';

/** My three words, as large as they are said, and what becomes of them. */
export function SayWords({ model, ready }: { readonly model: SayWordsModel; readonly ready: Ready }) {
  const { navigation, contact, takerOf } = useApp();
  const say = words.spoken;
  const { spoken } = ready;
  const person = model.contactId === undefined ? undefined : contact(model.contactId);
  const code = failureOf(model.making.value);
  const taker = takerOf(model.spokenId.value);
  const another = model.make;
  const link = () =>
    navigation.go({ at: 'invite', ...(person === undefined ? {} : { contactId: person.id }) });

  function content() {
    if (spoken === undefined && taker !== undefined && taker.id !== person?.id)
      return (
        <div class="accepted">
          <Moon of={taker.moon} size="large" />
          <AnnouncedTitle>{words.invite.accepted(taker.name)}</AnnouncedTitle>
          <Button onPress={() => navigation.go({ at: 'conversation', contactId: taker.id })}>
            {words.invite.write(taker.name)}
          </Button>
        </div>
      );
    const { state } = model.making.value;
    // Those before stand, or are over, until these are there.
    if (state === 'running' || (state === 'done' && !model.stood.value))
      return (
        <p class="waiting-words" role="status">
          {say.making}
        </p>
      );
    if (code !== undefined)
      return (
        <>
          <Note icon={TriangleAlert} kind="warning" announced>
            {words.errors[code]}
          </Note>
          {code === 'words-limit' && <Button onPress={link}>{say.link}</Button>}
          <Button kind={code === 'words-limit' ? 'quiet' : 'main'} onPress={another}>
            {words.general.tryAgain}
          </Button>
          {code !== 'words-limit' && (
            <Button kind="quiet" onPress={link}>
              {say.link}
            </Button>
          )}
        </>
      );
    if (spoken === undefined && person !== undefined)
      return (
        <Again person={person} gone={say.gone}>
          <Button kind="quiet" onPress={another}>
            {say.another}
          </Button>
        </Again>
      );
    if (spoken === undefined)
      return (
        <>
          <Note icon={CircleAlert} title={say.gone} announced />
          <Button onPress={another}>{say.another}</Button>
        </>
      );
    if (spoken.state === 'lapsed')
      return (
        <>
          <Note icon={Hourglass} title={say.lapsed} announced>
            {say.lapsedHint}
          </Note>
          <Button onPress={another}>{say.another}</Button>
          <Button kind="quiet" onPress={link}>
            {say.link}
          </Button>
        </>
      );
    if (spoken.state === 'failed')
      return (
        <>
          <Note icon={TriangleAlert} kind="warning" title={say.failed} announced>
            {say.failedHint}
          </Note>
          <Button onPress={another}>{say.another}</Button>
          <Button kind="quiet" onPress={link}>
            {say.link}
          </Button>
        </>
      );
    if (spoken.contactId !== model.contactId)
      return (
        <>
          <Note icon={Hourglass} title={say.others}>
            {say.othersHint}
          </Note>
          <Button onPress={another}>{say.another}</Button>
        </>
      );
    return <Standing model={model} spoken={spoken} name={person?.name} />;
  }

  return (
    <div class="screen">
      <Bar title={person === undefined ? say.sayTitle : words.invite.titleAgain(person.name)} />
      <div class="body">{content()}</div>
    </div>
  );
}

function Standing({
  model,
  spoken,
  name,
}: {
  readonly model: SayWordsModel;
  readonly spoken: SpokenView;
  /** Of the contact whom they are for. */
  readonly name: string | undefined;
}) {
  const say = words.spoken;
  return (
    <>
      <p>{name === undefined ? say.intro : say.introAgain(name)}</p>
      <ol class="spoken" aria-label={say.list} dir="ltr" lang="en">
        {spell(spoken.words).map((word) => (
          <li key={word}>{word}</li>
        ))}
      </ol>
      {spoken.state === 'open' ? (
        <>
          <p class="spoken-time" role="timer">
            {say.left(countdown(spoken.expiresAt - model.now.value))}
          </p>
          <Note icon={AudioLines} title={say.keepOpen}>
            {say.keepOpenHint}
          </Note>
        </>
      ) : (
        <Note
          icon={LoaderCircle}
          title={spoken.state === 'guessed' ? say.connecting : say.agreed}
          announced
        />
      )}
      <p class="hint">
        {say.where} {say.elsewhere(serverName(spoken.server))}
      </p>
      <div class="actions">
        <Button kind="quiet" onPress={() => void model.takeBack()}>
          {say.takeBack}
        </Button>
      </div>
    </>
  );
}
