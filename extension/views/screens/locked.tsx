import { Lock } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { useAnnounced } from '../components/announcer.tsx';
import { Button } from '../components/button.tsx';
import { Erase } from '../components/erase.tsx';
import { Form } from '../components/form.tsx';
import { Icon } from '../components/icon.tsx';
import { PassphraseField } from '../components/passphrase-field.tsx';
import { Wait } from '../components/wait.tsx';
import type { Locked as LockedModel } from '../models/locked.ts';
import { failureOf } from '../models/task.ts';

/** Deaf, and saying nothing: no name, no number. */
export function Locked({ model }: { readonly model: LockedModel }) {
  const say = words.lock;
  const busy = model.unlocking.value.state === 'running';
  const code = failureOf(model.unlocking.value);
  const wait = model.wait.value;
  const failure = code === undefined || code === 'passphrase-too-early' ? undefined : words.errors[code];
  /** The lock may come by itself, and the focus goes past its name. */
  const title = useAnnounced<HTMLHeadingElement>(true);
  return (
    <div class="screen first-run locked">
      <Form class="body" onSubmit={model.unlock}>
        <Icon of={Lock} size={28} />
        <h1 ref={title}>{say.lockedTitle}</h1>
        <p>{say.lockedHint}</p>
        <PassphraseField
          label={say.passphrase}
          kind="current"
          value={model.passphrase.value}
          arrive
          onType={model.type}
          failure={model.lacksPassphrase.value ? say.noPassphrase : failure}
        />
        <Wait seconds={wait} />
        <Button submit busy={busy || wait > 0}>
          {busy ? say.unlocking : say.unlock}
        </Button>
        <div class="ways line">
          <span>{say.forgot}</span>
          <Erase
            label={say.eraseLink}
            kind="link"
            task={model.erasing.value}
            onErase={() => void model.erase()}
          />
        </div>
      </Form>
    </div>
  );
}
