import { ExternalLink } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import { Icon } from './icon.tsx';

/** For what a popup cannot do: it ends when the browser's own window for files opens. */
export function TabLink({ address }: { readonly address: string }) {
  return (
    <a class="button main normal" href={address} target="_blank" rel="noopener">
      <Icon of={ExternalLink} size={18} />
      {words.general.openInTab}
    </a>
  );
}
