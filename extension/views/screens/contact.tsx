import { Pencil } from 'lucide-preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { NAME_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import { AddressSwitch } from '../components/address.tsx';
import { Bar } from '../components/bar.tsx';
import { Button, IconButton } from '../components/button.tsx';
import { Confirm } from '../components/confirm.tsx';
import { useApp } from '../components/context.ts';
import { Facts } from '../components/facts.tsx';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { connectionWords } from '../components/marks.tsx';
import { Moon } from '../components/moon.tsx';
import { PingButton } from '../components/ping.tsx';
import { Safety } from '../components/safety.tsx';
import { ServerMove } from '../components/server-move.tsx';
import { TrustNote } from '../components/trust.tsx';
import type { Contact as ContactModel } from '../models/contact.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import { failureOf } from '../models/task.ts';
import { date, fingerprintGroups, serverName } from '../words/format.ts';

interface Props {
  readonly model: ContactModel;
  readonly contact: Person;
}

/** A person: what is known about them, and what can be done. */
export function Contact({ model, contact }: Props) {
  const { now } = useApp();
  const say = words.contact;
  const since = date(contact.since, now.value);
  return (
    <div class="screen">
      <Bar title={contact.name} isName />
      <div class="body person">
        <div class="person-head">
          <Moon of={contact.moon} size="large" />
          <Name model={model} contact={contact} />
          <p class="hint">
            {contact.introduced === 'my-invite' ? say.byMyInvite(since) : say.byTheirInvite(since)}
          </p>
        </div>
        <TrustNote contact={contact} now={now.value} />
        <Safety model={model.trust} contact={contact} />
        <Facts
          facts={[
            { name: say.connection, value: connectionWords(contact.connection) },
            { name: say.server, value: serverName(contact.server) },
          ]}
        />
        {contact.trust.state !== 'changed' && <ServerMove model={model.move} contact={contact} />}
        <PingButton ping={model.ping} />
        <AddressSwitch model={model.address} contact={contact} />
        <ProofSection contact={contact} />
        <ConnectAgain contact={contact} />
        <Remove model={model} contact={contact} />
      </div>
    </div>
  );
}

/** For those who know each other's OpenPGP keys: most do not, so it stands below what everybody needs. */
function ProofSection({ contact }: { readonly contact: Person }) {
  const { navigation, now } = useApp();
  const say = words.proof;
  const proof: Screen = { at: 'proof', contactId: contact.id };
  const { theirs, checked } = contact.proof;
  return (
    <section class="again" aria-labelledby="proof-title">
      <h2 id="proof-title">{say.title}</h2>
      <p class="hint">
        {checked !== undefined
          ? say.checkedShort(date(checked.at, now.value), fingerprintGroups(checked.fingerprint))
          : theirs !== undefined
            ? say.attachedShort(contact.name)
            : say.about(contact.name)}
      </p>
      <Button kind="quiet" opens={keyOf(proof)} onPress={() => navigation.go(proof)}>
        {say.open}
      </Button>
    </section>
  );
}

/** For a new set-up on either side, or a session that got out of step. */
function ConnectAgain({ contact }: { readonly contact: Person }) {
  const { navigation } = useApp();
  const say = words.contact;
  const invite: Screen = { at: 'invite', contactId: contact.id };
  const accept: Screen = { at: 'accept', contactId: contact.id };
  return (
    <section class="again" aria-labelledby="again-title">
      <h2 id="again-title">{say.again}</h2>
      <p class="hint">{say.againHint(contact.name)}</p>
      <Button kind="quiet" opens={keyOf(invite)} onPress={() => navigation.go(invite)}>
        {say.inviteAgain}
      </Button>
      <Button kind="quiet" opens={keyOf(accept)} onPress={() => navigation.go(accept)}>
        {say.acceptAgain}
      </Button>
    </section>
  );
}

function Name({ model, contact }: { readonly model: ContactModel; readonly contact: Person }) {
  const button = useRef<HTMLDivElement>(null);
  const renaming = model.renaming.value !== undefined;
  const was = useRef(renaming);
  useLayoutEffect(() => {
    // Back to where the renaming was begun.
    if (was.current && !renaming) button.current?.querySelector('button')?.focus();
    was.current = renaming;
  }, [renaming]);
  if (renaming) return <Rename model={model} />;
  return (
    <div class="person-name" ref={button}>
      <p class="title" dir="auto">
        {contact.name}
      </p>
      <IconButton
        icon={Pencil}
        name={words.contact.rename}
        // What stands in for a name is none to be kept: the name that they tell would not be seen any more.
        onPress={() => model.beginRename(contact.isNameless ? '' : contact.name)}
      />
    </div>
  );
}

function Rename({ model }: { readonly model: ContactModel }) {
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.querySelector('input')?.select(), []);
  const code = failureOf(model.saving.value);
  return (
    <Form class="person-rename" within={form} onSubmit={model.saveName} onEscape={model.cancelRename}>
      <Field
        label={words.contact.name}
        value={model.renaming.value ?? ''}
        maxLength={NAME_MAX_CHARACTERS * 2}
        onType={model.typeName}
        failure={code === undefined ? undefined : words.errors[code]}
      />
      <div class="pair">
        <Button kind="quiet" onPress={model.cancelRename}>
          {words.general.cancel}
        </Button>
        <Button submit busy={model.saving.value.state === 'running'}>
          {words.contact.save}
        </Button>
      </div>
    </Form>
  );
}

function Remove({ model, contact }: { readonly model: ContactModel; readonly contact: Person }) {
  const [asking, ask] = useState(false);
  const say = words.contact;
  const code = failureOf(model.removing.value);
  return (
    <>
      <Button kind="danger" onPress={() => ask(true)}>
        {say.remove}
      </Button>
      {asking && (
        <Confirm
          title={say.removeTitle(contact.name)}
          hint={say.removeHint}
          action={say.removeConfirm}
          busy={model.removing.value.state === 'running'}
          failure={code === undefined ? undefined : words.errors[code]}
          onConfirm={model.remove}
          onClose={() => ask(false)}
        />
      )}
    </>
  );
}
