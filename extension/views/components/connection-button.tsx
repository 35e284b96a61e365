import { useId, useRef, useState } from 'preact/hooks';
import type { ContactView } from '../../bridge/types.ts';
import { words } from '../../locales/index.ts';
import type { Ping } from '../models/ping.ts';
import { useListener } from './listener.ts';
import { ConnectionDot, connectionWords } from './marks.tsx';
import { PingButton } from './ping.tsx';

/** The connection's mark; pressed, it says in words what it means. */
export function ConnectionButton({ contact, ping }: { readonly contact: ContactView; readonly ping: Ping }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { connection, name } = contact;
  const connected = connection.state === 'direct' || connection.state === 'relayed';
  useListener(root, 'keydown', (event) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  });
  useListener(root, 'focusout', ({ relatedTarget: to }) => {
    if (to instanceof Node && !root.current?.contains(to)) setOpen(false);
  });

  return (
    <div class="connection" ref={root}>
      <button
        ref={button}
        type="button"
        class="connection-button"
        aria-label={words.connection.label(connectionWords(connection))}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <ConnectionDot of={connection} />
        {connectionWords(connection)}
      </button>
      {open && (
        <div class="connection-words" id={id}>
          <p>
            {connection.state === 'mailbox' && connection.lacksRelay === true
              ? words.connection.lacksRelay(name)
              : words.connection.explain[connection.state](name)}
          </p>
          {connected && <PingButton ping={ping} />}
        </div>
      )}
    </div>
  );
}
