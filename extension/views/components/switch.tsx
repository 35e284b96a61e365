import { useId } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

/** On or off, at once. The whole row can be pressed. */
export function Switch({ label, hint, on, onChange }: Props) {
  const id = useId();
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      aria-labelledby={`${id}-label`}
      aria-describedby={`${id}-hint`}
      onClick={() => onChange(!on)}
    >
      <span class="switch-words">
        <span id={`${id}-label`}>{label}</span>
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      </span>
      <span class="switch-track" aria-hidden="true" />
    </button>
  );
}
