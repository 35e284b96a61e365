import { NAME_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { useEscape } from '../components/listener.ts';
import { Mark } from '../components/mark.tsx';
import { Failure } from '../components/note.tsx';
import { ServerField } from '../components/server-field.tsx';
import { WordsField } from '../components/words-field.tsx';
import type { FirstRun as FirstRunModel, FirstRunSnapshot } from '../models/first-run.ts';
import { failureOf } from '../models/task.ts';
import { serverName } from '../words/format.ts';

interface Props {
  readonly model: FirstRunModel;
  readonly snapshot: FirstRunSnapshot;
}

/**
 * A name, and done. With an invite, its "yes" is on the same screen, and its server is taken and not asked for; with a
 * link or three words, they are, and so is theirs.
 */
export function FirstRun({ model, snapshot }: Props) {
  const say = words.firstRun;
  const { proposed, defaultServer } = snapshot;
  const told = model.typeWords.value;
  const spoken = told?.state.value;
  const said = told?.heard.value.server;
  const link = model.link.value;
  const pasted = link?.state.value;
  const invite = proposed ?? (pasted !== undefined && 'invite' in pasted ? pasted.invite : undefined);
  const invited = proposed !== undefined || link !== undefined || told !== undefined;
  const field = model.serverField.value;
  const busy = model.begin.value.state === 'running';
  const code = failureOf(model.begin.value);
  const aboutName = code === 'name-empty' || code === 'name-too-long';
  // As everywhere: back to where one came from.
  useEscape(() => {
    if (busy) return;
    model.closeWords();
    model.closeLink();
  });
  return (
    <div class="screen first-run">
      <Form class="body" onSubmit={model.start}>
        <Mark size={40} />
        <h1>{invited ? say.invitedTitle : say.title}</h1>
        <p>{invited ? say.invitedIntro : say.intro}</p>
        {told !== undefined && <WordsField model={told} />}
        {link !== undefined && (
          <Field
            label={words.accept.field}
            kind="address"
            rows={3}
            arrive
            value={link.text.value}
            placeholder={words.accept.placeholder}
            hint={say.linkHint}
            failure={
              pasted?.step === 'paste' && pasted.code !== undefined ? words.errors[pasted.code] : undefined
            }
            onType={model.typeLink}
          />
        )}
        <Field
          label={say.name}
          value={model.name.value}
          arrive={
            told === undefined && link === undefined && (field === undefined || defaultServer === undefined)
          }
          maxLength={NAME_MAX_CHARACTERS * 2}
          onType={model.typeName}
          failure={code !== undefined && aboutName ? words.errors[code] : undefined}
        />
        {field !== undefined && said === undefined && link === undefined && (
          <>
            <ServerField
              check={field}
              arrive={defaultServer !== undefined}
              hint={
                told !== undefined
                  ? say.toldNeedServer
                  : defaultServer === undefined
                    ? say.needServer
                    : undefined
              }
            />
            {defaultServer !== undefined && (
              <p class="hint">
                <button type="button" class="text-button" onClick={model.keepServer}>
                  {words.server.instead(serverName(defaultServer))}
                </button>
              </p>
            )}
          </>
        )}
        {!busy && model.found.value !== undefined && (
          <p class="hint" role="status">
            {say.found}{' '}
            <button type="button" class="text-button" onClick={model.takeFound}>
              {say.takeFound}
            </button>
          </p>
        )}
        <div class="actions">
          <Failure>{code !== undefined && !aboutName ? words.errors[code] : undefined}</Failure>
          <Button submit busy={busy}>
            {spoken?.step === 'connecting'
              ? words.spoken.connectingTo
              : busy
                ? say.starting
                : proposed !== undefined || link !== undefined
                  ? say.accept
                  : told !== undefined
                    ? words.spoken.connect
                    : say.start}
          </Button>
        </div>
        <p class="hint">
          {invite !== undefined ? (
            say.invitedServer(serverName(invite.server))
          ) : link !== undefined ? (
            say.noAccount
          ) : said !== undefined ? (
            say.toldServer(said)
          ) : told !== undefined && defaultServer !== undefined && field === undefined ? (
            <>
              {say.toldServer(serverName(defaultServer))}{' '}
              <button type="button" class="text-button" onClick={model.changeServer}>
                {words.spoken.otherServer}
              </button>
            </>
          ) : defaultServer !== undefined && field === undefined ? (
            <>
              {say.serverIs(serverName(defaultServer))}
              {' · '}
              <button type="button" class="text-button" aria-label={say.change} onClick={model.changeServer}>
                {say.changeShort}
              </button>
              <br />
              {say.noAccount}
            </>
          ) : (
            say.noAccount
          )}
        </p>
        {!busy && (
          <div class="ways">
            {proposed === undefined && link === undefined && (
              <Way
                words={told === undefined ? say.told : say.notTold}
                onPress={told === undefined ? model.openWords : model.closeWords}
              />
            )}
            {proposed === undefined && told === undefined && (
              <Way
                words={link === undefined ? say.haveLink : say.noLink}
                onPress={link === undefined ? model.openLink : model.closeLink}
              />
            )}
            <button
              type="button"
              class="text-button"
              data-opens="first-run-restore"
              onClick={model.openRestore}
            >
              {words.restore.link}
            </button>
          </div>
        )}
      </Form>
    </div>
  );
}

/** To another beginning than the one on the screen, or back from it. */
function Way({ words, onPress }: { readonly words: string; readonly onPress: () => void }) {
  return (
    <button type="button" class="text-button" onClick={onPress}>
      {words}
    </button>
  );
}
