import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly failure?: string | undefined;
  readonly placeholder?: string;
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
  maxLength,
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
    'aria-invalid': failure !== undefined,
    'aria-describedby': `${id}-hint ${id}-failure`,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(arrive ? { 'data-arrive': true } : {}),
    ...(kind !== 'text'
      ? { spellcheck: false, autocapitalize: 'off' as const, dir: 'ltr' as const }
      : value === ''
        ? {}
        : { dir: 'auto' as const }),
    ...(kind === 'address' ? { inputMode: 'url' as const } : {}),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-row">
        {rows === undefined ? (
          <input type="text" {...shared} onInput={(event) => onType(event.currentTarget.value)} />
        ) : (
          <textarea rows={rows} {...shared} onInput={(event) => onType(event.currentTarget.value)} />
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
