import { useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { failureOf, type Task } from '../models/task.ts';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';

interface Props {
  readonly label: string;
  readonly kind: 'link' | 'danger';
  readonly task: Task;
  readonly onErase: () => void;
}

/** Erases everything, once the person has said so twice. */
export function Erase({ label, kind, task, onErase }: Props) {
  const [asking, setAsking] = useState(false);
  const say = words.lock;
  const code = failureOf(task);
  const ask = () => setAsking(true);
  return (
    <>
      {kind === 'link' ? (
        <button type="button" class="text-button grave" onClick={ask}>
          {label}
        </button>
      ) : (
        <Button kind="danger" onPress={ask}>
          {label}
        </Button>
      )}
      {asking && (
        <Confirm
          title={say.eraseTitle}
          hint={say.eraseHint}
          action={say.eraseConfirm}
          busy={task.state === 'running'}
          failure={code === undefined ? undefined : words.errors[code]}
          onConfirm={onErase}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
