import { KeyRound } from 'lucide-preact';
import { NAME_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { Choice } from '../components/choice.tsx';
import { useApp } from '../components/context.ts';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { Leave } from '../components/leave.tsx';
import { Moon } from '../components/moon.tsx';
import { Failure, Note } from '../components/note.tsx';
import { ServerField } from '../components/server-field.tsx';
import { Switch } from '../components/switch.tsx';
import type { Ready } from '../models/app.ts';
import { canCheckAgain } from '../models/server-check.ts';
import type { SettingsModel } from '../models/settings.ts';
import { failureOf } from '../models/task.ts';
import { date } from '../words/format.ts';
import { LockSettings } from './lock-settings.tsx';

export function Settings({ model, ready }: { readonly model: SettingsModel; readonly ready: Ready }) {
  const { navigation, now, surroundings } = useApp();
  const say = words.settings;
  const settings = model.settings.value;
  const failed = failureOf(model.changing.value);
  return (
    <div class="screen">
      <Bar title={say.title} />
      <div class="body settings">
        <NameForm model={model} ready={ready} />
        <ServerForm model={model} ready={ready} />
        <section aria-labelledby="privacy-title">
          <h2 id="privacy-title">{say.privacy}</h2>
          <Choice
            label={say.direct}
            hint={say.directHint}
            stacked
            options={[
              { value: 'everybody', label: say.directWith.everybody },
              { value: 'accepted', label: say.directWith.accepted },
              { value: 'nobody', label: say.directWith.nobody },
            ]}
            chosen={settings.direct}
            onChoose={(direct) => void model.change({ direct })}
          />
        </section>
        <LockSettings
          model={model.lock}
          ready={ready}
          minutes={settings.autoLock}
          onAutoLock={(autoLock) => void model.change({ autoLock })}
        />
        <section aria-labelledby="backup-title">
          <h2 id="backup-title">{words.backup.title}</h2>
          <p class="hint">
            {ready.backup.made === undefined
              ? words.backup.none
              : words.backup.last(date(ready.backup.made, now.value))}
          </p>
          <Button kind="quiet" opens="backup" onPress={() => navigation.go({ at: 'backup' })}>
            {words.backup.open}
          </Button>
        </section>
        <section aria-labelledby="behaviour-title">
          <h2 id="behaviour-title">{say.behaviour}</h2>
          <Switch
            label={say.notifications}
            hint={say.notificationsHint}
            on={settings.notifications}
            onChange={(notifications) => void model.change({ notifications })}
          />
          <Choice
            label={say.openAs}
            options={[
              { value: 'panel', label: say.panel },
              { value: 'popup', label: say.popup },
            ]}
            chosen={settings.openAs}
            onChoose={(openAs) => void model.change({ openAs })}
          />
          <Failure>{failed === undefined ? undefined : words.errors[failed]}</Failure>
        </section>
        <p class="hint settings-foot">
          {say.closedBrowser}
          <br />
          {say.version(surroundings.version)}
        </p>
      </div>
      <Leave leaving={model.leaving} say={say} />
    </div>
  );
}

function NameForm({ model, ready }: { readonly model: SettingsModel; readonly ready: Ready }) {
  const say = words.settings;
  const code = failureOf(model.savingName.value);
  const changed = model.nameChanged.value;
  const saved = model.savingName.value.state === 'done' && !changed;
  return (
    <Form class="settings-form" onSubmit={model.saveName}>
      <div class="me">
        <Moon of={ready.me.moon} />
        <Field
          label={say.name}
          value={model.name.value}
          hint={say.nameHint}
          maxLength={NAME_MAX_CHARACTERS * 2}
          onType={model.typeName}
          failure={code === undefined ? undefined : words.errors[code]}
        >
          {changed && (
            <Button submit busy={model.savingName.value.state === 'running'}>
              {say.save}
            </Button>
          )}
        </Field>
      </div>
      <p class="saved" role="status">
        {saved && say.saved}
      </p>
    </Form>
  );
}

function ServerForm({ model, ready }: { readonly model: SettingsModel; readonly ready: Ready }) {
  const say = words.settings;
  const code = failureOf(model.savingServer.value);
  const changed = model.serverChanged.value;
  const lacksPass = ready.server.state === 'pass-needed' && !changed ? ready.server.pass : undefined;
  const saved = model.savingServer.value.state === 'done' && !changed;
  const check = model.server.state.value;
  const failed = check.state === 'failed' ? check.code : undefined;
  return (
    <Form class="settings-form" onSubmit={model.useServer}>
      <ServerField check={model.server} />
      {lacksPass !== undefined && (
        <Note icon={KeyRound} kind="warning" title={words.server.pass[lacksPass]}>
          {words.server.passHint}
        </Note>
      )}
      <Failure>{code === undefined ? undefined : words.errors[code]}</Failure>
      {/* What cannot be used is not offered, and what is known to work is. */}
      {changed && (failed === undefined || canCheckAgain(failed)) && (
        <Button
          submit
          kind={check.state === 'works' ? 'main' : 'quiet'}
          busy={model.savingServer.value.state === 'running'}
        >
          {failed === undefined ? say.useServer : words.general.tryAgain}
        </Button>
      )}
      <p class="saved" role="status">
        {saved && say.saved}
      </p>
    </Form>
  );
}
