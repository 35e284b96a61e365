import type { ComponentChildren, RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { isComposing, useListener } from './listener.ts';

interface Props {
  readonly class: string;
  /** For who hears what bubbles up in it. */
  readonly within?: RefObject<HTMLFormElement>;
  /** Resolves when it is known whether it worked. */
  readonly onSubmit: () => Promise<unknown>;
  /** Where the form stands in a screen for a while only: Escape then leaves the form, and not the screen. */
  readonly onEscape?: () => void;
  readonly children: ComponentChildren;
}

/** What is filled in and sent. Where that is refused, the focus goes to the first field that it is about, if there is one. */
export function Form({ class: look, within, onSubmit, onEscape, children }: Props) {
  const own = useRef<HTMLFormElement>(null);
  const form = within ?? own;

  useListener(form, 'keydown', (event) => {
    if (onEscape === undefined || event.key !== 'Escape' || isComposing(event)) return;
    event.stopPropagation();
    onEscape();
  });

  async function submit(): Promise<void> {
    const pressed = document.activeElement;
    await onSubmit();
    // Once what came of it is on the screen.
    await new Promise((drawn) => setTimeout(drawn));
    const fault = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    const now = document.activeElement;
    // Whoever has gone on to something else meanwhile is left there.
    if (now === pressed || now === document.body) fault?.focus();
  }

  return (
    <form
      class={look}
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
    </form>
  );
}
