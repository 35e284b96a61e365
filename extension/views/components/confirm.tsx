import { useEffect, useId, useRef } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { Button } from './button.tsx';
import { Failure } from './note.tsx';

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly action: string;
  readonly busy: boolean;
  readonly failure?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. The browser's own dialog holds the focus and hears Escape. */
export function Confirm({ title, hint, action, busy, failure, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-hint`}
      onClose={onClose}
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <p id={`${id}-hint`}>{hint}</p>
      <Failure>{failure}</Failure>
      <div class="confirm-actions">
        <Button kind="quiet" onPress={() => dialog.current?.close()}>
          {words.general.cancel}
        </Button>
        <Button kind="danger" busy={busy} onPress={onConfirm}>
          {action}
        </Button>
      </div>
    </dialog>
  );
}
