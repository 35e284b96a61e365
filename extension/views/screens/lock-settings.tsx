import { AUTO_LOCKS, type AutoLock } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { useAnnounced } from '../components/announcer.tsx';
import { Button } from '../components/button.tsx';
import { Choice } from '../components/choice.tsx';
import { Erase } from '../components/erase.tsx';
import { Form } from '../components/form.tsx';
import { Failure } from '../components/note.tsx';
import { PassphraseField } from '../components/passphrase-field.tsx';
import { Wait } from '../components/wait.tsx';
import type { Ready } from '../models/app.ts';
import type { LockModel, LockStep } from '../models/lock.ts';
import { failureOf } from '../models/task.ts';

interface Props {
  readonly model: LockModel;
  readonly ready: Ready;
  readonly minutes: AutoLock;
  readonly onAutoLock: (minutes: AutoLock) => void;
}

/** The lock and the way to erase everything, as a section of the settings. */
export function LockSettings({ model, ready, minutes: chosen, onAutoLock }: Props) {
  const say = words.lock;
  const { passphrase } = ready.lock;
  const step = model.step.value;
  const { lock, wipe } = model.keys.value;
  return (
    <section aria-labelledby="lock-title">
      <h2 id="lock-title">{say.title}</h2>
      <p class="hint">{passphrase ? say.isSet : say.isNotSet}</p>
      {passphrase && lock !== undefined && <p class="hint">{say.lockKey(lock)}</p>}
      {step !== 'none' ? (
        <PassphraseForm model={model} step={step} />
      ) : passphrase ? (
        <div class="lock-actions">
          <Button onPress={() => void model.lock()}>{say.lockNow}</Button>
          <Button kind="quiet" takesFocus onPress={() => model.begin('change')}>
            {say.change}
          </Button>
          <Button kind="quiet" onPress={() => model.begin('remove')}>
            {say.remove}
          </Button>
        </div>
      ) : (
        <Button kind="quiet" takesFocus onPress={() => model.begin('set')}>
          {say.set}
        </Button>
      )}
      <Done step={model.done.value} />
      {passphrase && step === 'none' && (
        <Choice
          label={say.autoLock}
          options={AUTO_LOCKS.map((minutes) => ({ value: String(minutes), label: say.minutes(minutes) }))}
          chosen={String(chosen)}
          onChoose={(name) => {
            const minutes = AUTO_LOCKS.find((one) => String(one) === name);
            if (minutes !== undefined) onAutoLock(minutes);
          }}
        />
      )}
      <h3>{say.erase}</h3>
      <p class="hint">{say.eraseAbout}</p>
      <div class="lock-actions">
        <Erase
          label={say.eraseNow}
          kind="danger"
          task={model.erasing.value}
          onErase={() => void model.erase()}
        />
        <Button kind="quiet" onPress={model.chooseWipeKey}>
          {wipe === undefined ? say.chooseKey : say.changeKey(wipe)}
        </Button>
      </div>
    </section>
  );
}

/** What has come of it, where nothing else may have changed on the screen. */
function Done({ step }: { readonly step: LockModel['done']['value'] }) {
  return (
    <p class="saved" ref={useAnnounced<HTMLParagraphElement>(true)}>
      {step !== undefined && words.lock.done[step]}
    </p>
  );
}

function PassphraseForm({
  model,
  step,
}: {
  readonly model: LockModel;
  readonly step: Exclude<LockStep, 'none'>;
}) {
  const say = words.lock;
  const code = failureOf(model.saving.value);
  const aboutNext = code === 'passphrase-too-short' || code === 'passphrase-too-long';
  const failure = code === undefined ? undefined : words.errors[code];
  const wait = step === 'set' ? 0 : model.wait.value;
  const running = model.saving.value.state === 'running';
  return (
    <Form class="settings-form lock-form" onSubmit={model.save} onEscape={() => model.begin('none')}>
      {step !== 'set' && (
        <PassphraseField
          label={say.current}
          kind="current"
          value={model.current.value}
          takesFocus
          onType={(text) => model.type('current', text)}
          failure={
            model.lacksCurrent.value ? say.noPassphrase : code === 'passphrase-wrong' ? failure : undefined
          }
        />
      )}
      <Wait seconds={wait} />
      {step !== 'remove' && (
        <>
          <PassphraseField
            label={say.next}
            kind="new"
            hint={say.nextHint}
            value={model.next.value}
            takesFocus
            onType={(text) => model.type('next', text)}
            failure={aboutNext ? failure : undefined}
          />
          <PassphraseField
            label={say.again}
            kind="new"
            value={model.again.value}
            onType={(text) => model.type('again', text)}
            failure={model.differs.value ? say.differs : undefined}
          />
        </>
      )}
      {step === 'remove' && <p class="hint">{say.removeHint}</p>}
      {step === 'set' && <p class="hint">{say.setHint}</p>}
      <Failure>{aboutNext || code === 'passphrase-wrong' || wait > 0 ? undefined : failure}</Failure>
      <div class="lock-actions">
        <Button submit busy={running || wait > 0}>
          {running ? words.states.opening : { set: say.set, change: say.change, remove: say.remove }[step]}
        </Button>
        <Button kind="quiet" onPress={() => model.begin('none')}>
          {words.general.cancel}
        </Button>
      </div>
    </Form>
  );
}
