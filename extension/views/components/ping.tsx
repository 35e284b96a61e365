import { Timer } from 'lucide-preact';
import { words } from '../../locales/index.ts';
import type { Ping } from '../models/ping.ts';
import { Button } from './button.tsx';

/** Measures the way to a contact and says what came of it. */
export function PingButton({ ping }: { readonly ping: Ping }) {
  const state = ping.state.value;
  return (
    <div class="ping">
      <Button kind="quiet" size="small" icon={Timer} busy={state.state === 'running'} onPress={ping.send}>
        {words.connection.ping}
      </Button>
      <span role="status">
        {state.state === 'running' && words.connection.pinging}
        {state.state === 'answered' && words.connection.pinged(state.roundTrip)}
        {state.state === 'failed' && words.errors[state.code]}
      </span>
    </div>
  );
}
