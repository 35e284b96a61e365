import {
  AudioLines,
  CircleAlert,
  Copy,
  Hourglass,
  LoaderCircle,
  ShieldCheck,
  TriangleAlert,
} from 'lucide-preact';
import { useId, useState } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { Again } from '../components/again.tsx';
import { AnnouncedTitle } from '../components/announcer.tsx';
import { Bar } from '../components/bar.tsx';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/confirm.tsx';
import { useApp } from '../components/context.ts';
import { Moon } from '../components/moon.tsx';
import { Failure, Note } from '../components/note.tsx';
import { QrCode } from '../components/qr.tsx';
import { ServerBanner } from '../components/server-banner.tsx';
import type { Ready } from '../models/app.ts';
import type { Invite as InviteModel } from '../models/invite.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import { failureOf } from '../models/task.ts';
import { expiry } from '../words/format.ts';

/** One invite: its link, and how long it stands. */
export function Invite({ model, ready }: { readonly model: InviteModel; readonly ready: Ready }) {
  const { navigation, now, contact, takerOf } = useApp();
  const say = words.invite;
  const inviteId = model.inviteId.value;
  const invite = ready.invites.find(({ id }) => id === inviteId);
  const whom = invite?.contactId ?? model.contactId;
  const person = whom === undefined ? undefined : contact(whom);
  const spoken: Screen = { at: 'say-words', ...(person === undefined ? {} : { contactId: person.id }) };
  const code = failureOf(model.making.value);
  const making = model.making.value.state === 'running';

  function content() {
    if (code !== undefined) {
      // What helps comes first: trying again does only where it is the server's or the network's turn.
      const elsewhere = code === 'server-pass-refused' || code === 'invite-limit';
      return (
        <>
          <Note icon={TriangleAlert} kind="warning" announced>
            {words.errors[code]}
          </Note>
          {code === 'server-pass-refused' && (
            <Button opens="settings" onPress={() => navigation.go({ at: 'settings' })}>
              {words.server.passSettings}
            </Button>
          )}
          {code === 'invite-limit' && <Button onPress={navigation.home}>{say.toList}</Button>}
          <Button kind={elsewhere ? 'quiet' : 'main'} onPress={model.make}>
            {words.general.tryAgain}
          </Button>
          {code !== 'invite-limit' && (
            <Button kind="quiet" onPress={navigation.home}>
              {say.toList}
            </Button>
          )}
        </>
      );
    }
    if (making)
      return (
        <p class="waiting-words" role="status">
          {say.making}
        </p>
      );
    const taker = takerOf(inviteId);
    if (invite === undefined && taker !== undefined && taker.id !== person?.id)
      return (
        <div class="accepted">
          <Moon of={taker.moon} size="large" />
          <AnnouncedTitle>{say.accepted(taker.name)}</AnnouncedTitle>
          <Button onPress={() => navigation.go({ at: 'conversation', contactId: taker.id })}>
            {say.write(taker.name)}
          </Button>
        </div>
      );
    if (invite === undefined && person !== undefined) return <Again person={person} gone={say.gone} />;
    if (invite === undefined)
      return (
        <>
          <Note icon={CircleAlert} title={say.gone} announced />
          <Button kind="quiet" onPress={navigation.home}>
            {say.toList}
          </Button>
        </>
      );
    if (invite.state === 'expired')
      return (
        <>
          <Note icon={Hourglass} title={say.expired}>
            {say.expiredHint}
          </Note>
          <Button onPress={model.make}>{say.another}</Button>
          <Withdraw model={model} />
        </>
      );
    // A link that leads nowhere is not given out.
    if (invite.state === 'placing' && ready.server.state === 'pass-needed')
      return (
        <>
          <ServerBanner />
          <div class="push" />
          <Withdraw model={model} />
        </>
      );
    return (
      <>
        <p>{person === undefined ? say.intro : say.introAgain(person.name)}</p>
        <Link model={model} link={invite.link} />
        <Button kind="quiet" icon={AudioLines} opens={keyOf(spoken)} onPress={() => navigation.go(spoken)}>
          {words.spoken.offer}
        </Button>
        <figure class="code">
          <QrCode text={invite.link} name={say.code} />
          <figcaption>{say.codeHint}</figcaption>
        </figure>
        {/* Below all that somebody may be about to press when it changes. */}
        {invite.state === 'placing' ? (
          <Note icon={LoaderCircle} title={say.placing} announced>
            {say.placingHint}
          </Note>
        ) : (
          <Note icon={ShieldCheck} title={say.once}>
            {say.onceHint(expiry(invite.expiresAt, now.value))}
          </Note>
        )}
        <div class="push" />
        <Withdraw model={model} />
      </>
    );
  }

  return (
    <div class="screen">
      <Bar title={person === undefined ? say.title : say.titleAgain(person.name)} />
      <div class="body">{content()}</div>
    </div>
  );
}

function Link({ model, link }: { readonly model: InviteModel; readonly link: string }) {
  const id = useId();
  const say = words.invite;
  const copied = model.copied.value;
  return (
    <div class="link">
      <label class="field-label" for={id}>
        {say.link}
      </label>
      <input
        id={id}
        class="link-text"
        readOnly
        dir="ltr"
        value={link}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button icon={Copy} onPress={() => void model.copy(link)}>
        {copied === 'copied' ? say.copied : say.copy}
      </Button>
      <p class="sr" role="status">
        {copied === 'copied' && say.copied}
      </p>
      <Failure>{copied === 'refused' ? say.copyFailed : undefined}</Failure>
    </div>
  );
}

function Withdraw({ model }: { readonly model: InviteModel }) {
  const [asking, ask] = useState(false);
  const say = words.invite;
  const code = failureOf(model.withdrawing.value);
  return (
    <>
      <Button kind="quiet" onPress={() => ask(true)}>
        {say.withdraw}
      </Button>
      {asking && (
        <Confirm
          title={say.withdrawTitle}
          hint={say.withdrawHint}
          action={say.withdraw}
          busy={model.withdrawing.value.state === 'running'}
          failure={code === undefined ? undefined : words.errors[code]}
          onConfirm={model.withdraw}
          onClose={() => ask(false)}
        />
      )}
    </>
  );
}
