import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { type Announced, useAnnounced } from './announcer.tsx';
import { Icon } from './icon.tsx';

interface Props {
  readonly icon: LucideIcon;
  readonly kind?: 'plain' | 'warning' | 'danger';
  readonly title?: string;
  /** Said to those who do not see it come. */
  readonly announced?: Announced;
  readonly action?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** A few words that stand apart. */
export function Note({ icon, kind = 'plain', title, announced = false, action, children }: Props) {
  const element = useAnnounced<HTMLDivElement>(announced);
  return (
    <div class={`note ${kind}`}>
      <Icon of={icon} size={18} />
      <div class="note-words" ref={element}>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <span>{children}</span>}
      </div>
      {action !== undefined && <div class="note-action">{action}</div>}
    </div>
  );
}

/** What went wrong, in a sentence, spoken at once. Always in the page, so that screen readers hear it fill. */
export function Failure({ children, id }: { readonly children: string | undefined; readonly id?: string }) {
  return (
    <p class="failure" role="alert" id={id}>
      {children}
    </p>
  );
}
