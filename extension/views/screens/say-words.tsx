import { AudioLines, Hourglass, LoaderCircle, TriangleAlert } from 'lucide-preact';
import type { SpokenView } from '../../bridge/types.ts';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Moon } from '../components/moon.tsx';
import { Failure, Note } from '../components/note.tsx';
import type { Ready } from '../models/app.ts';
import type { SayWords as SayWordsModel } from '../models/say-words.ts';
import { failureOf } from '../models/task.ts';
import { countdown, serverName } from '../words/format.ts';
import { spell } from '../words/spoken.ts';

/** My three words, as large as they are said, and what becomes of them. */
export function SayWords({ model, ready }: { readonly model: SayWordsModel; readonly ready: Ready }) {
  const { navigation } = useApp();
  const say = words.spoken;
  const { spoken } = ready;
  const code = failureOf(model.making.value);
  const newcomer = ready.contacts.find(
    ({ id, introduced }) => introduced === 'my-invite' && !model.known.has(id),
  );
  const another = model.make;
  const link = () => navigation.go({ at: 'invite' });

  function content() {
    if (spoken === undefined && newcomer !== undefined)
      return (
        <div class="accepted" role="status">
          <Moon of={newcomer.moon} size="large" />
          <h2>{words.invite.accepted(newcomer.name)}</h2>
          <Button onPress={() => navigation.go({ at: 'conversation', contactId: newcomer.id })}>
            {words.invite.write(newcomer.name)}
          </Button>
        </div>
      );
    if (model.making.value.state === 'running')
      return (
        <p class="waiting-words" role="status">
          {say.making}
        </p>
      );
    if (code !== undefined)
      return (
        <>
          <Failure>{words.errors[code]}</Failure>
          <Button onPress={another}>{words.general.tryAgain}</Button>
          <Button kind="quiet" onPress={link}>
            {say.link}
          </Button>
        </>
      );
    if (spoken === undefined || spoken.state === 'lapsed')
      return (
        <>
          <Note icon={Hourglass} title={say.lapsed} announced>
            {say.lapsedHint}
          </Note>
          <Button onPress={another}>{say.another}</Button>
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
    return <Standing model={model} spoken={spoken} />;
  }

  return (
    <div class="screen">
      <Bar title={say.sayTitle} />
      <div class="body">{content()}</div>
    </div>
  );
}

function Standing({ model, spoken }: { readonly model: SayWordsModel; readonly spoken: SpokenView }) {
  const say = words.spoken;
  return (
    <>
      <p>{say.intro}</p>
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
      <p class="hint">{say.elsewhere(serverName(spoken.server))}</p>
      <div class="push" />
      <Button kind="quiet" onPress={() => void model.takeBack()}>
        {say.takeBack}
      </Button>
    </>
  );
}
