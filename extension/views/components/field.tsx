import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { isComposing } from './listener.ts';

/**
 * More than anything that a person types or pastes, but the armour of a key, and less than a browser lays out for
 * seconds. It is past what the engine takes, which so has the words for it. UTF-16 units.
 */
export const TYPED_MAX = 10_001;

interface Props {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly failure?: string | undefined;
  readonly placeholder?: string;
  /** {@link TYPED_MAX} unless said otherwise. */
  readonly maxLength?: number;
  readonly arrive?: boolean;
  /** Addresses and armour run left to right everywhere, and are no words to be corrected. */
  readonly kind?: 'text' | 'address' | 'armour';
  readonly rows?: number;
  readonly onType: (text: string) => void;
  /** Beside the field, in its row. */
  readonly children?: ComponentChildren;
}

/** A labelled field; its hint and what is wrong with it belong to it for screen readers too. */
export function Field({
  label,
  value,
  hint,
  failure,
  placeholder,
  maxLength = TYPED_MAX,
  arrive = false,
  kind = 'text',
  rows,
  onType,
  children,
}: Props) {
  const id = useId();
  const shared = {
    id,
    value,
    autocomplete: 'off',
    maxLength,
    'aria-invalid': failure !== undefined,
    'aria-describedby': `${id}-hint ${id}-failure`,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(arrive ? { 'data-arrive': true } : {}),
    ...(kind !== 'text'
      ? { spellcheck: false, autocapitalize: 'off' as const, dir: 'ltr' as const }
      : value === ''
        ? {}
        : { dir: 'auto' as const }),
    ...(kind === 'address' ? { inputMode: 'url' as const } : {}),
  };

  /** An address has no lines, also where it is shown on several: Enter goes on, as in every other field. */
  function onKey(event: JSX.TargetedKeyboardEvent<HTMLTextAreaElement>): void {
    if (kind !== 'address' || event.key !== 'Enter' || isComposing(event)) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }

  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-row">
        {rows === undefined ? (
          <input type="text" {...shared} onInput={(event) => onType(event.currentTarget.value)} />
        ) : (
          <textarea
            rows={rows}
            {...shared}
            onKeyDown={onKey}
            onInput={(event) => onType(event.currentTarget.value)}
          />
        )}
        {children}
      </div>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <p class="failure" role="alert" id={`${id}-failure`}>
        {failure}
      </p>
    </div>
  );
}
