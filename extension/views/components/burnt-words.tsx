import { TriangleAlert } from 'lucide-preact';
import type { SpokenView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { useFocusOnLeaving } from './focus.ts';
import { Note } from './note.tsx';

/** My three words were spent by a wrong try: said until it is answered. */
export function BurntWords({ of }: { readonly of: SpokenView }) {
  const { navigation, closeBurntWords } = useApp();
  const say = words.spoken;
  const { id, contactId } = of;
  const fresh: Screen = { at: 'say-words', fresh: id, ...(contactId === undefined ? {} : { contactId }) };
  const root = useFocusOnLeaving<HTMLDivElement>();
  return (
    <div ref={root}>
      <Note
        icon={TriangleAlert}
        kind="warning"
        title={say.failed}
        announced
        action={
          <>
            <Button kind="quiet" size="small" opens={keyOf(fresh)} onPress={() => navigation.go(fresh)}>
              {say.another}
            </Button>
            <Button kind="quiet" size="small" onPress={() => void closeBurntWords()}>
              {words.general.close}
            </Button>
          </>
        }
      >
        {say.failedShort}
      </Note>
    </div>
  );
}
