import { words } from '../../locales/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './note.tsx';

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly action: string;
  /** What not to do it is called, where "Cancel" would not say which of the two. */
  readonly stay?: string;
  /** `main` where going on is the safe way. */
  readonly kind?: 'danger' | 'main';
  readonly busy: boolean;
  readonly failure?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({
  title,
  hint,
  action,
  stay = words.general.cancel,
  kind = 'danger',
  busy,
  failure,
  onConfirm,
  onClose,
}: Props) {
  return (
    <Dialog title={title} hint={hint} onClose={onClose}>
      {(close) => (
        <>
          <Failure>{failure}</Failure>
          <div class="confirm-actions">
            <Button kind="quiet" onPress={close}>
              {stay}
            </Button>
            <Button kind={kind} busy={busy} onPress={onConfirm}>
              {action}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
