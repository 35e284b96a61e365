import { Camera, CameraOff, ExternalLink } from 'lucide-preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import type { Screen } from '../models/navigation.ts';
import type { Scan, ScanState } from '../models/scan.ts';
import type { Feed } from '../models/surroundings.ts';
import { tabAddress } from '../models/tab-address.ts';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { Icon } from './icon.tsx';
import { Note } from './note.tsx';

interface Props {
  readonly scan: Scan;
  /** What to hold before the camera. */
  readonly hint: string;
  /** Said where a code of another kind is in the picture. */
  readonly other: string;
  /** This screen, for a tab where the browser can ask. */
  readonly screen: Screen;
}

/** The camera's picture, or why there is none and what helps. */
export function Scanner({ scan, hint, other, screen }: Props) {
  const state = scan.state.value;
  const say = words.scan;
  return (
    <div class="scanner">
      <div class="viewfinder">
        {state.at === 'looking' ? (
          <Picture feed={state.feed} />
        ) : (
          <Icon of={state.at === 'trouble' ? CameraOff : Camera} size={28} />
        )}
      </div>
      <p role="status">{wordsFor(state, hint, other)}</p>
      {state.at === 'trouble' && state.trouble === 'refused' && (
        <Note icon={CameraOff} announced>
          {say.refusedHint}
        </Note>
      )}
      {state.at === 'trouble' && <Button onPress={() => void scan.start()}>{words.general.tryAgain}</Button>}
      <TabLink state={state} screen={screen} />
    </div>
  );
}

function wordsFor(state: ScanState, hint: string, other: string): string {
  const say = words.scan;
  switch (state.at) {
    case 'asking':
      return say.asking;
    case 'needs-tab':
      return say.needsTab;
    case 'trouble':
      return say.trouble[state.trouble];
    case 'looking':
      return state.other ? other : hint;
    case 'found':
      return say.found;
  }
}

/** A panel cannot show the browser's question; and what is refused here may be asked there. */
function TabLink({ state, screen }: { readonly state: ScanState; readonly screen: Screen }) {
  const { surroundings } = useApp();
  if (surroundings.surface === 'tab' || state.at === 'looking' || state.at === 'found') return null;
  return (
    <a class="button main normal" href={tabAddress(screen)} target="_blank" rel="noopener">
      <Icon of={ExternalLink} size={18} />
      {words.general.openInTab}
    </a>
  );
}

function Picture({ feed }: { readonly feed: Feed }) {
  const video = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => {
    if (video.current !== null) feed.show(video.current);
  }, [feed]);
  return <video ref={video} muted playsInline aria-label={words.scan.picture} />;
}
