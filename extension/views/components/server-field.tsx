import { words } from '../../locales/index.ts';
import type { ServerCheck } from '../models/server-check.ts';
import { serverName } from '../words/format.ts';
import { Field } from './field.tsx';

/** A server's address with what is known about it, live. */
export function ServerField({
  check,
  arrive = false,
}: {
  readonly check: ServerCheck;
  readonly arrive?: boolean;
}) {
  const state = check.state.value;
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
      <p class={`hint server-state ${state.state}`} role="status">
        {state.state === 'checking' && words.server.checking}
        {state.state === 'works' &&
          (state.relay ? words.server.works : words.server.worksWithoutRelay)(serverName(state.server))}
      </p>
    </div>
  );
}
