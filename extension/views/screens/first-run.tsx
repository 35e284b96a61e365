import { NAME_MAX_CHARACTERS } from '../../bridge/types.ts';
import { words } from '../../locales/index.ts';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Mark } from '../components/mark.tsx';
import { Failure } from '../components/note.tsx';
import { ServerField } from '../components/server-field.tsx';
import type { FirstRun as FirstRunModel, FirstRunSnapshot } from '../models/first-run.ts';
import { failureOf } from '../models/task.ts';
import { serverName } from '../words/format.ts';

interface Props {
  readonly model: FirstRunModel;
  readonly snapshot: FirstRunSnapshot;
}

/** A name, and done. With an invite, its "yes" is on the same screen, and its server is taken and not asked for. */
export function FirstRun({ model, snapshot }: Props) {
  const say = words.firstRun;
  const { proposed, defaultServer } = snapshot;
  const field = model.serverField.value;
  const busy = model.begin.value.state === 'running';
  const code = failureOf(model.begin.value);
  const aboutName = code === 'name-empty' || code === 'name-too-long';
  return (
    <div class="screen first-run">
      <form
        class="body"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void model.start();
        }}
      >
        <Mark size={40} />
        <h1>{proposed === undefined ? say.title : say.invitedTitle}</h1>
        <p>{proposed === undefined ? say.intro : say.invitedIntro}</p>
        <Field
          label={say.name}
          value={model.name.value}
          arrive={field === undefined || defaultServer === undefined}
          maxLength={NAME_MAX_CHARACTERS * 2}
          onType={model.typeName}
          failure={code !== undefined && aboutName ? words.errors[code] : undefined}
        />
        {field !== undefined && (
          <>
            <ServerField check={field} arrive={defaultServer !== undefined} />
            {defaultServer === undefined && <p class="hint">{say.needServer}</p>}
          </>
        )}
        <Failure>{code !== undefined && !aboutName ? words.errors[code] : undefined}</Failure>
        <Button submit busy={busy}>
          {busy ? say.starting : proposed === undefined ? say.start : say.accept}
        </Button>
        <p class="hint">
          {proposed !== undefined ? (
            say.invitedServer(serverName(proposed.server))
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
          <p class="hint">
            <button
              type="button"
              class="text-button"
              data-opens="first-run-restore"
              onClick={model.openRestore}
            >
              {words.restore.link}
            </button>
          </p>
        )}
      </form>
    </div>
  );
}
