import { useId, useRef, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import type { Address } from '../models/address.ts';
import type { Person } from '../models/person.ts';
import type { Ping } from '../models/ping.ts';
import { ConnectDirectly } from './address.tsx';
import { useFocusElsewhere, useListener } from './listener.ts';
import { ConnectionDot, connectionWords } from './marks.tsx';
import { PingButton } from './ping.tsx';

interface Props {
  readonly contact: Person;
  readonly ping: Ping;
  readonly address: Address;
}

const lacksRelay = ({ connection }: Person): boolean =>
  connection.state === 'mailbox' && connection.lacksRelay === true;

/** What the connection is, and what it tells the other. */
function explain(contact: Person): string {
  const { connection, address, name } = contact;
  const say = words.connection;
  if (lacksRelay(contact))
    return address === 'until-accepted' ? words.address.untilNoRelay(name) : say.lacksRelay(name);
  const what = say.explain[connection.state](name);
  if (connection.state !== 'relayed' || address === 'shown') return what;
  return `${what} ${address === 'until-accepted' ? words.address.untilRelayed(name) : words.address.relayed(name)}`;
}

/** The connection's mark; pressed, it says in words what it means. */
export function ConnectionButton({ contact, ping, address }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { connection } = contact;
  const connected = connection.state === 'direct' || connection.state === 'relayed';
  useListener(root, 'keydown', (event) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  });
  useFocusElsewhere(root, () => setOpen(false));

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
          <p>{explain(contact)}</p>
          {(connection.state === 'relayed' || lacksRelay(contact)) && (
            <div>
              <ConnectDirectly model={address} contact={contact} />
            </div>
          )}
          {connected && <PingButton ping={ping} />}
        </div>
      )}
    </div>
  );
}
