import { ShieldCheck } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Form } from '../components/form.tsx';
import { Leave } from '../components/leave.tsx';
import { Failure, Note } from '../components/note.tsx';
import { PassphraseField } from '../components/passphrase-field.tsx';
import { Progress } from '../components/progress.tsx';
import { TabLink } from '../components/tab-link.tsx';
import type { Ready } from '../models/app.ts';
import type { BackupModel } from '../models/backup.ts';
import { tabAddress } from '../models/tab-address.ts';
import { failureOf } from '../models/task.ts';
import { date } from '../words/format.ts';

interface Props {
  readonly model: BackupModel;
  readonly ready: Ready;
}

/** Saves everything in one file, under a passphrase of its own. */
export function Backup({ model, ready }: Props) {
  const { navigation, now, surroundings } = useApp();
  const say = words.backup;
  const { made } = ready.backup;
  const saved = model.saved.value;
  return (
    <div class="screen">
      <Bar title={say.title} />
      <div class="body settings backup">
        <p>{say.about}</p>
        {saved === undefined && (
          <p class="hint">{made === undefined ? say.none : say.last(date(made, now.value))}</p>
        )}
        {saved !== undefined ? (
          <>
            <Note icon={ShieldCheck} title={say.saved} announced>
              {say.savedHint(saved)}
            </Note>
            <Button kind="quiet" takesFocus onPress={navigation.back}>
              {say.done}
            </Button>
          </>
        ) : surroundings.surface === 'popup' ? (
          <TabLink address={tabAddress({ at: 'backup' })} />
        ) : (
          <BackupForm model={model} />
        )}
      </div>
      <Leave leaving={model.leaving} say={say} />
    </div>
  );
}

function BackupForm({ model }: { readonly model: BackupModel }) {
  const say = words.backup;
  const code = failureOf(model.making.value);
  const failure = code === undefined ? undefined : words.errors[code];
  const aboutNext = code === 'passphrase-too-short' || code === 'passphrase-too-long';
  if (model.making.value.state === 'running') {
    const percent = Math.floor(model.progress.value * 100);
    return (
      <>
        <Progress label={say.working} done={model.progress.value} words={say.workingAt(percent)} />
        <Button kind="quiet" takesFocus onPress={model.cancel}>
          {words.general.cancel}
        </Button>
      </>
    );
  }
  return (
    <Form class="settings-form" onSubmit={model.make}>
      <PassphraseField
        label={say.passphrase}
        kind="new"
        hint={words.lock.nextHint}
        value={model.next.value}
        arrive
        takesFocus
        onType={(text) => model.type('next', text)}
        failure={aboutNext ? failure : undefined}
      />
      <PassphraseField
        label={say.again}
        kind="new"
        value={model.again.value}
        onType={(text) => model.type('again', text)}
        failure={model.differs.value ? words.lock.differs : undefined}
      />
      <p class="hint">{say.without}</p>
      <div class="actions">
        <Failure>{aboutNext ? undefined : failure}</Failure>
        <Button submit>{say.save}</Button>
      </div>
    </Form>
  );
}
