import { useId } from 'preact/hooks';

interface Props<Value extends string> {
  readonly label: string;
  readonly hint?: string;
  /** One under the other, where their words are long. */
  readonly stacked?: boolean;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly chosen: Value;
  readonly onChoose: (value: Value) => void;
}

/** One of a few, as the browser's own radio buttons. */
export function Choice<Value extends string>({
  label,
  hint,
  stacked = false,
  options,
  chosen,
  onChoose,
}: Props<Value>) {
  const id = useId();
  return (
    <fieldset class="choice" aria-describedby={hint === undefined ? undefined : `${id}-hint`}>
      <legend>{label}</legend>
      <div class={`choice-row${stacked ? ' stacked' : ''}`}>
        {options.map(({ value, label: name }) => (
          <label key={value}>
            <input type="radio" name={id} checked={value === chosen} onChange={() => onChoose(value)} />
            <span>{name}</span>
          </label>
        ))}
      </div>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </fieldset>
  );
}
