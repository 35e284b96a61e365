import { LoaderCircle } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { BurntWords } from './burnt-words.tsx';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { Note } from './note.tsx';

/**
 * What comes by itself and concerns no screen: that the engine is away, that my three words were spent. It stands where
 * nothing moves for it that somebody may be about to press: below a list's rows, and above a thread, which keeps its end.
 */
export function Notices({ beside }: { readonly beside: 'list' | 'thread' }) {
  const { reach, surroundings, burntWords } = useApp();
  const burnt = burntWords.value;
  const isGone = reach.value === 'gone';
  if (!isGone && burnt === undefined) return null;
  return (
    <div class={beside === 'list' ? 'banner below' : 'banner'}>
      {isGone && (
        <Note
          icon={LoaderCircle}
          title={words.states.updating}
          announced
          action={
            <Button kind="quiet" size="small" onPress={surroundings.reload}>
              {words.states.reload}
            </Button>
          }
        >
          {words.states.updatingHint}
        </Note>
      )}
      {burnt !== undefined && <BurntWords of={burnt} />}
    </div>
  );
}
