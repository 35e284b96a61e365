import { useId, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { TYPED_MAX } from './field.tsx';
import { useFocusWhereLost } from './focus.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  /** For password managers: the one that there is, or one that is being made. */
  readonly kind: 'current' | 'new';
  readonly hint?: string;
  readonly failure?: string | undefined;
  readonly arrive?: boolean;
  /** Takes the focus when it appears in the place of what had it. */
  readonly takesFocus?: boolean;
  readonly onType: (text: string) => void;
}

/** A passphrase, hidden until one asks to see it. */
export function PassphraseField({
  label,
  value,
  kind,
  hint,
  failure,
  arrive = false,
  takesFocus = false,
  onType,
}: Props) {
  const field = useFocusWhereLost<HTMLInputElement>(takesFocus);
  const [shown, setShown] = useState(false);
  const id = useId();
  const say = words.lock;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="passphrase">
        <input
          ref={field}
          id={id}
          type={shown ? 'text' : 'password'}
          value={value}
          maxLength={TYPED_MAX}
          dir={value === '' ? undefined : 'auto'}
          spellcheck={false}
          autocapitalize="off"
          autocomplete={kind === 'new' ? 'new-password' : 'current-password'}
          aria-invalid={failure !== undefined}
          aria-describedby={`${id}-hint ${id}-failure`}
          {...(arrive ? { 'data-arrive': true } : {})}
          onInput={(event) => onType(event.currentTarget.value)}
        />
        <button
          type="button"
          class="text-button"
          aria-label={shown ? say.hideOf(label) : say.showOf(label)}
          onClick={() => setShown(!shown)}
        >
          {shown ? say.hide : say.show}
        </button>
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
