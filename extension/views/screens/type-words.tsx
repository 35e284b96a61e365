import { Eye } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { Failure, Note } from '../components/note.tsx';
import { ServerBanner } from '../components/server-banner.tsx';
import { WordsField } from '../components/words-field.tsx';
import type { Ready } from '../models/app.ts';
import type { TypeWords as TypeWordsModel } from '../models/type-words.ts';
import { serverName } from '../words/format.ts';

interface Props {
  readonly model: TypeWordsModel;
  readonly ready: Ready;
  /** Beside the list, which then says what the matter with my server is. */
  readonly beside: boolean;
}

/** Three words that somebody said, and where they lead. */
export function TypeWords({ model, ready, beside }: Props) {
  const { contact } = useApp();
  const say = words.spoken;
  const person = model.contactId === undefined ? undefined : contact(model.contactId);
  const state = model.state.value;
  const code = state.step === 'typing' ? state.code : undefined;
  const failure = code === undefined ? undefined : words.errors[code];
  const aboutServer = code === 'server-missing' || code === 'server-malformed' || code === 'server-insecure';
  const typed = model.server.value;
  const said = model.heard.value.server;
  const own = serverName(ready.settings.server);
  return (
    <div class="screen">
      <Bar title={person === undefined ? say.typeTitle : words.contact.acceptFrom(person.name)} />
      {/* Nobody types three words first to read then that they lead nowhere now. */}
      {!beside && said === undefined && typed === undefined && <ServerBanner />}
      <Form class="body" onSubmit={model.accept}>
        {person !== undefined && <p>{say.typeAgain(person.name)}</p>}
        <WordsField model={model} />
        {said !== undefined ? (
          <p class="hint">{say.through(said)}</p>
        ) : typed === undefined ? (
          <p class="hint">
            {say.through(own)}{' '}
            <button type="button" class="text-button" onClick={() => model.typeServer('')}>
              {say.otherServer}
            </button>
          </p>
        ) : (
          <>
            <Field
              label={words.server.field}
              kind="address"
              arrive
              value={typed}
              placeholder={words.server.placeholder}
              failure={aboutServer ? failure : undefined}
              onType={model.typeServer}
            />
            <p class="hint">
              <button type="button" class="text-button" onClick={model.useMine}>
                {words.server.instead(own)}
              </button>
            </p>
          </>
        )}
        {(said !== undefined || typed !== undefined) && <Note icon={Eye}>{words.accept.address}</Note>}
        <div class="actions">
          <Failure>{aboutServer && typed !== undefined && said === undefined ? undefined : failure}</Failure>
          <Button submit busy={state.step === 'connecting'}>
            {state.step === 'connecting' ? say.connectingTo : say.connect}
          </Button>
        </div>
      </Form>
    </div>
  );
}
