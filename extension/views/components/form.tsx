import type { ComponentChildren, RefObject } from 'preact';
import { useRef } from 'preact/hooks';

interface Props {
  readonly class: string;
  /** For who hears what bubbles up in it. */
  readonly within?: RefObject<HTMLFormElement>;
  /** Resolves when it is known whether it worked. */
  readonly onSubmit: () => Promise<unknown>;
  readonly children: ComponentChildren;
}

/** What is filled in and sent. Where that is refused, the focus goes to the first field that it is about, if there is one. */
export function Form({ class: look, within, onSubmit, children }: Props) {
  const own = useRef<HTMLFormElement>(null);
  const form = within ?? own;

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
