import { useEffect } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { useApp } from './context.ts';

/** How long it is until a passphrase can be tried again. */
export function Wait({ seconds }: { readonly seconds: number }) {
  const { announcements } = useApp();
  const waits = seconds > 0;
  // Once, as it begins: a number that changes every second is not read out every second.
  useEffect(() => (waits ? announcements.came(words.lock.wait(seconds)) : undefined), [waits]);
  return (
    <p class="hint" role="timer">
      {waits && words.lock.wait(seconds)}
    </p>
  );
}
