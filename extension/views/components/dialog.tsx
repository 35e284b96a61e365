import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly onClose: () => void;
  /** What it holds, given the way to close it. */
  readonly children: (close: () => void) => ComponentChildren;
}

/** The browser's own dialog, named and described: it holds the focus, and Escape leaves it and nothing else. */
export function Dialog({ title, hint, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key can come: a second press on what opened it would otherwise press that again.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-hint`}
      onClose={onClose}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <p id={`${id}-hint`}>{hint}</p>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}
