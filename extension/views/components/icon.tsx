import type { LucideIcon } from 'lucide-preact';

interface Props {
  readonly of: LucideIcon;
  readonly size?: number;
  /** Points along the reading direction, and so turns round in right-to-left. */
  readonly directed?: boolean;
}

/** A decoration; what it stands beside has the words. */
export function Icon({ of: Drawing, size = 20, directed = false }: Props) {
  return (
    <Drawing
      // Grows with the words beside it.
      size={`${size / 16}rem`}
      strokeWidth={size <= 16 ? 2 : 1.7}
      class={directed ? 'icon directed' : 'icon'}
      aria-hidden="true"
      focusable="false"
    />
  );
}
