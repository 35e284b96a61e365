import { ChevronLeft } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { words } from '../../locales/index.ts';
import { IconButton } from './button.tsx';
import { useApp } from './context.ts';
import { tellWhole } from './whole.ts';

interface Props {
  readonly title: string;
  /** The title is somebody's name. */
  readonly isName?: boolean;
  readonly back?: boolean;
  readonly children?: ComponentChildren;
}

/** The one row at the top of a screen. */
export function Bar({ title, isName = false, back = true, children }: Props) {
  const { navigation } = useApp();
  return (
    <header class="bar">
      {back && <IconButton icon={ChevronLeft} directed name={words.general.back} onPress={navigation.back} />}
      <h1
        class={isName ? 'bar-title one-line' : 'bar-title'}
        tabIndex={-1}
        data-arrive
        {...(isName ? { dir: 'auto', onMouseEnter: tellWhole } : {})}
      >
        {title}
      </h1>
      {children}
    </header>
  );
}
