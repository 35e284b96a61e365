import { Check, CheckCheck, Clock, TriangleAlert } from 'lucide-preact';
import type { ConnectionView, Delivery } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { Icon } from './icon.tsx';

const DELIVERY_ICONS = { waiting: Clock, sent: Check, delivered: CheckCheck, failed: TriangleAlert } as const;

/** How far a message has come. Its name says it; the shape, not the colour, shows it. */
export function DeliveryMark({ of: delivery }: { readonly of: Delivery }) {
  return (
    <span class={`delivery ${delivery.state}`} role="img" aria-label={words.delivery[delivery.state]}>
      <Icon of={DELIVERY_ICONS[delivery.state]} size={delivery.state === 'delivered' ? 15 : 13} />
    </span>
  );
}

/** The connection in words: direct · 24 ms. */
export function connectionWords(connection: ConnectionView): string {
  const state = words.connection[connection.state];
  return 'roundTrip' in connection && connection.roundTrip !== undefined
    ? words.connection.withRoundTrip(state, Math.round(connection.roundTrip))
    : state;
}

/** The small mark; each state has a shape of its own. */
export function ConnectionDot({ of: connection }: { readonly of: ConnectionView }) {
  return <i class={`connection-dot ${connection.state}`} aria-hidden="true" />;
}
