import { useSaid } from './announcer.tsx';

interface Props {
  readonly label: string;
  /** Of the whole, 0 to 1. */
  readonly done: number;
  /** The same in words, for those who look. */
  readonly words: string;
}

/** How far something long has come. */
export function Progress({ label, done, words }: Props) {
  // The focus has gone to the way out of it, whose name does not say of what.
  useSaid(label);
  return (
    <div class="progress">
      <progress aria-label={label} max={1} value={done} />
      <span aria-hidden="true">{words}</span>
    </div>
  );
}
