import { words } from '../../locales/index.ts';
import type { ServerCheck } from '../models/server-check.ts';
import { serverName } from '../words/format.ts';
import { Field } from './field.tsx';

/**
 * A server's address with what is known about it, live. That takes the place of the hint, so that nothing below moves
 * just as somebody is about to press it.
 */
export function ServerField({
  check,
  arrive = false,
  hint,
}: {
  readonly check: ServerCheck;
  readonly arrive?: boolean;
  readonly hint?: string | undefined;
}) {
  const state = check.state.value;
  const isSaid = state.state === 'checking' || state.state === 'works';
  return (
    <div class="server-field">
      <Field
        label={words.server.field}
        kind="address"
        value={check.text.value}
        placeholder={words.server.placeholder}
        arrive={arrive}
        onType={check.type}
        failure={state.state === 'failed' ? words.errors[state.code] : undefined}
      />
      <div class="server-said">
        <p class={`hint server-state ${state.state}`} role="status">
          {state.state === 'checking' && words.server.checking}
          {state.state === 'works' &&
            (state.relay ? words.server.works : words.server.worksWithoutRelay)(serverName(state.server))}
        </p>
        {hint !== undefined && <p class={isSaid ? 'hint unseen' : 'hint'}>{hint}</p>}
      </div>
    </div>
  );
}
