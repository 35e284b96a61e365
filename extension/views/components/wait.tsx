import { useRef } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { useSaid } from './announcer.tsx';

/** How long it is until a passphrase can be tried again. */
export function Wait({ seconds }: { readonly seconds: number }) {
  const waits = seconds > 0;
  const first = useRef<string>();
  // A number that changes every second is not read out every second: what it is as the wait begins is.
  first.current = waits ? (first.current ?? words.lock.wait(seconds)) : undefined;
  useSaid(first.current);
  return (
    <p class="hint" role="timer">
      {waits && words.lock.wait(seconds)}
    </p>
  );
}
