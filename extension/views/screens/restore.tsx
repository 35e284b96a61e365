import { FileUp } from 'lucide-preact';
import { useId, useLayoutEffect } from 'preact/hooks';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import { words } from '../../locales/index.ts';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { useFocusWhereLost } from '../components/focus.ts';
import { Form } from '../components/form.tsx';
import { Icon } from '../components/icon.tsx';
import { Leave } from '../components/leave.tsx';
import { useEscape } from '../components/listener.ts';
import { Mark } from '../components/mark.tsx';
import { Failure } from '../components/note.tsx';
import { PassphraseField } from '../components/passphrase-field.tsx';
import { Progress } from '../components/progress.tsx';
import { TabLink } from '../components/tab-link.tsx';
import type { Restore as RestoreModel } from '../models/restore.ts';
import { failureOf } from '../models/task.ts';

interface Props {
  readonly model: RestoreModel;
  readonly onBack: () => void;
}

/** What is the matter with the file itself. */
const ABOUT_FILE: ReadonlySet<BridgeErrorCode> = new Set([
  'backup-unknown',
  'backup-newer',
  'backup-damaged',
]);

/** First run, for somebody who has been here before. */
export function Restore({ model, onBack }: Props) {
  const { surroundings } = useApp();
  const say = words.restore;
  const code = failureOf(model.restoring.value);
  const failure = code === undefined ? undefined : words.errors[code];
  const wrong = code === 'passphrase-wrong';
  const aboutFile = code !== undefined && ABOUT_FILE.has(code);
  const running = model.restoring.value.state === 'running';
  useEscape(onBack);
  return (
    <div class="screen first-run restore">
      <Form class="body" onSubmit={model.start}>
        <Mark size={40} />
        <h1 tabIndex={-1} data-arrive>
          {say.title}
        </h1>
        <p>{say.about}</p>
        {surroundings.surface === 'popup' ? (
          <TabLink address="tab.html" />
        ) : running ? (
          <>
            <Progress
              label={say.working}
              done={model.progress.value}
              words={say.workingAt(Math.floor(model.progress.value * 100))}
            />
            <Button kind="quiet" takesFocus onPress={model.cancel}>
              {words.general.cancel}
            </Button>
          </>
        ) : (
          <>
            <FileField
              file={model.file.value}
              failure={model.lacksFile.value ? say.noFile : aboutFile ? failure : undefined}
              takesFocus={!wrong}
              onChoose={model.choose}
            />
            <PassphraseField
              label={say.passphrase}
              kind="current"
              value={model.passphrase.value}
              takesFocus={wrong}
              onType={model.type}
              failure={model.lacksPassphrase.value ? say.noPassphrase : wrong ? failure : undefined}
            />
            <div class="actions">
              <Failure>{wrong || aboutFile ? undefined : failure}</Failure>
              <Button submit>{say.start}</Button>
            </div>
          </>
        )}
        {!running && (
          <>
            <p class="hint">{say.oneBrowser}</p>
            <div class="ways">
              <button type="button" class="text-button" onClick={onBack}>
                {say.back}
              </button>
            </div>
          </>
        )}
      </Form>
      <Leave leaving={model.leaving} say={say} />
    </div>
  );
}

function FileField({
  file,
  failure,
  takesFocus,
  onChoose,
}: {
  readonly file: File | undefined;
  readonly failure: string | undefined;
  readonly takesFocus: boolean;
  readonly onChoose: (file: File | undefined) => void;
}) {
  const input = useFocusWhereLost<HTMLInputElement>(takesFocus);
  const id = useId();
  const say = words.restore;
  useLayoutEffect(() => {
    // What has just appeared anew holds no file, and would say so while the name of one stands on it.
    if (file === undefined || input.current === null || input.current.files?.[0] === file) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.current.files = chosen.files;
  }, [file]);
  return (
    <div class="field file-field">
      <label for={id}>{say.file}</label>
      <div class="file">
        <Icon of={FileUp} size={18} />
        <span dir="auto">{file === undefined ? say.choose : file.name}</span>
        {/* It lies over its drawing, so that it is pressed and focused itself. */}
        <input
          ref={input}
          id={id}
          type="file"
          accept=".aside"
          aria-invalid={failure !== undefined}
          aria-describedby={`${id}-failure`}
          onChange={(event) => onChoose(event.currentTarget.files?.[0])}
        />
      </div>
      <p class="failure" role="alert" id={`${id}-failure`}>
        {failure}
      </p>
    </div>
  );
}
