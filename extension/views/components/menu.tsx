import type { LucideIcon } from 'lucide-preact';
import { Ellipsis } from 'lucide-preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { Icon } from './icon.tsx';
import { useFocusElsewhere, useListener } from './listener.ts';

export type MenuItem = {
  readonly label: string;
  readonly icon: LucideIcon;
} & ({ readonly onPress: () => void } | { readonly href: string });

/** A button that opens a short menu; arrows move, Escape and a look elsewhere close. `opens`: the keys of its screens. */
export function Menu({ items, opens }: { readonly items: readonly MenuItem[]; readonly opens?: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useLayoutEffect(() => {
    if (open) root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [open]);

  function move(event: KeyboardEvent): void {
    if (!open) return;
    const all = [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = document.activeElement instanceof HTMLElement ? all.indexOf(document.activeElement) : -1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  }

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  useListener(root, 'keydown', move);
  useFocusElsewhere(root, () => setOpen(false));
  useListener(root, 'focusout', ({ relatedTarget }) => {
    if (relatedTarget === null) setOpen(false);
  });

  return (
    <div class="menu-root" ref={root}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={words.general.menu}
        title={words.general.menu}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        data-opens={opens}
        onClick={() => setOpen(!open)}
      >
        <Icon of={Ellipsis} />
      </button>
      {open && (
        <div class="menu" role="menu" id={id} aria-label={words.general.menu}>
          {items.map((item) =>
            'href' in item ? (
              <a
                key={item.label}
                role="menuitem"
                tabIndex={-1}
                href={item.href}
                target="_blank"
                rel="noopener"
                onClick={close}
              >
                <Icon of={item.icon} size={18} />
                {item.label}
              </a>
            ) : (
              <button
                key={item.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  close();
                  item.onPress();
                }}
              >
                <Icon of={item.icon} size={18} />
                {item.label}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
