import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useFocusWhereLost } from './focus.ts';
import { Icon } from './icon.tsx';

interface ButtonProps {
  readonly kind?: 'main' | 'quiet' | 'danger';
  readonly size?: 'normal' | 'small';
  readonly icon?: LucideIcon;
  readonly directed?: boolean;
  /** Under way: says so, and takes no second press. */
  readonly busy?: boolean;
  readonly submit?: boolean;
  readonly onPress?: () => void;
  readonly opens?: string;
  /** Takes the focus when its screen opens. */
  readonly arrive?: boolean;
  /** Takes the focus when it appears in the place of what had it. */
  readonly takesFocus?: boolean;
  readonly children: ComponentChildren;
}

export function Button({
  kind = 'main',
  size = 'normal',
  icon,
  directed = false,
  busy = false,
  submit = false,
  onPress,
  opens,
  arrive,
  takesFocus = false,
  children,
}: ButtonProps) {
  const element = useFocusWhereLost<HTMLButtonElement>(takesFocus);
  return (
    <button
      ref={element}
      type={submit ? 'submit' : 'button'}
      class={`button ${kind} ${size}`}
      aria-busy={busy}
      aria-disabled={busy}
      data-opens={opens}
      data-arrive={arrive}
      {...(onPress === undefined ? {} : { onClick: () => busy || onPress() })}
    >
      {icon !== undefined && <Icon of={icon} size={size === 'small' ? 16 : 18} directed={directed} />}
      {children}
    </button>
  );
}

interface IconButtonProps {
  readonly icon: LucideIcon;
  /** What it does, for those who do not see the drawing, and on hovering for those who do. */
  readonly name: string;
  readonly directed?: boolean;
  readonly opens?: string;
  readonly onPress: () => void;
}

export function IconButton({ icon, name, directed = false, opens, onPress }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      title={name}
      data-opens={opens}
      onClick={onPress}
    >
      <Icon of={icon} directed={directed} />
    </button>
  );
}
