import { CloudOff, KeyRound, MonitorSmartphone, RefreshCw, ServerOff } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { retryIn } from '../words/format.ts';
import { useSaid } from './announcer.tsx';
import { Button } from './button.tsx';
import { useApp } from './context.ts';
import { useFocusOnLeaving } from './focus.ts';
import { Icon } from './icon.tsx';
import { Note } from './note.tsx';

/** What is the matter with the server, with what can be done about it; `below` what may be pressed meanwhile. */
export function ServerBanner({ below = false }: { readonly below?: boolean }) {
  const { server } = useApp();
  const banner = server.banner.value;
  /** Also while it is tried again, so that it is not said with every try; nor are the seconds until the next one. */
  const away = useRef(false);
  away.current = banner.show === 'unreachable' || (banner.show === 'connecting' && away.current);
  useSaid(away.current ? words.server.unreachable : undefined);
  switch (banner.show) {
    case 'nothing':
      return null;
    case 'connecting':
      return (
        <p class="bar-line" role="status">
          <Icon of={RefreshCw} size={14} />
          {words.server.connecting}
        </p>
      );
    case 'unreachable':
      return (
        <Banner below={below}>
          <Note
            icon={CloudOff}
            title={words.server.unreachable}
            action={
              <Button
                kind="quiet"
                size="small"
                busy={server.reconnecting.value.state === 'running'}
                onPress={server.reconnect}
              >
                {words.general.tryAgain}
              </Button>
            }
          >
            {retryIn(banner.retryAt, server.second.value)}
          </Note>
        </Banner>
      );
    case 'refused':
      return (
        <Banner below={below}>
          <Note
            icon={ServerOff}
            kind="warning"
            title={words.server.refused}
            announced
            action={<ToSettings>{words.server.refusedSettings}</ToSettings>}
          >
            {words.server.refusedHint}
          </Note>
        </Banner>
      );
    case 'pass-needed':
      return (
        <Banner below={below}>
          <Note
            icon={KeyRound}
            kind="warning"
            title={words.server.pass[banner.pass]}
            announced
            action={<ToSettings>{words.server.passSettings}</ToSettings>}
          >
            {words.server.passHint}
          </Note>
        </Banner>
      );
    case 'elsewhere':
      return (
        <Banner below={below}>
          <Note
            icon={MonitorSmartphone}
            title={words.server.elsewhere}
            announced
            action={
              <Button
                kind="quiet"
                size="small"
                busy={server.taking.value.state === 'running'}
                onPress={server.takeOver}
              >
                {words.server.useHere}
              </Button>
            }
          >
            {words.server.elsewhereHint}
          </Note>
        </Banner>
      );
  }
}

/** Where the server is chosen. */
function ToSettings({ children }: { readonly children: string }) {
  const { navigation } = useApp();
  return (
    <Button kind="quiet" size="small" opens="settings" onPress={() => navigation.go({ at: 'settings' })}>
      {children}
    </Button>
  );
}

interface BannerProps {
  readonly below: boolean;
  readonly children: ComponentChildren;
}

function Banner({ below, children }: BannerProps) {
  const root = useFocusOnLeaving<HTMLDivElement>();
  return (
    <div class={below ? 'banner below' : 'banner'} ref={root}>
      {children}
    </div>
  );
}
