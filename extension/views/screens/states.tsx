import { CircleAlert, Database, History } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { Icon } from '../components/icon.tsx';

/** The list's shape while the engine starts. */
export function Starting() {
  return (
    <main class="screen" aria-busy="true">
      <div role="status">
        <h1 class="skeleton-words">{words.states.starting}</h1>
      </div>
      <Skeleton rows={4} />
    </main>
  );
}

/** Somebody who is on their way here: the answer that leads to them may overtake what shows them. */
export function Opening() {
  return (
    <div class="screen" aria-busy="true">
      <Bar title={words.states.opening} />
      <Skeleton rows={3} />
    </div>
  );
}

function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div class="skeleton-row" key={row}>
          <i />
          <b />
          <s />
        </div>
      ))}
    </div>
  );
}

/** A sentence that fills the view, and a button for what can be done. */
export function Trouble({ with: trouble }: { readonly with: keyof typeof TROUBLES }) {
  const { surroundings } = useApp();
  const { icon, title, hint } = TROUBLES[trouble];
  return (
    <div class="screen sentence">
      <Icon of={icon} size={28} />
      <h1 tabIndex={-1} data-arrive>
        {title}
      </h1>
      <p>{hint}</p>
      <Button onPress={surroundings.reload}>{words.states.reload}</Button>
    </div>
  );
}

const TROUBLES = {
  silent: { icon: CircleAlert, title: words.states.silent, hint: words.states.silentHint },
  'newer-data': { icon: History, title: words.states.newerData, hint: words.states.newerDataHint },
  'storage-failed': {
    icon: Database,
    title: words.states.storageFailed,
    hint: words.states.storageFailedHint,
  },
};
