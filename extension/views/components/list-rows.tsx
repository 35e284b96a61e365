import { Link2, Search } from 'lucide-preact';
import { useId } from 'preact/hooks';
import type { InviteView } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import { keyOf, type Screen } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import { expiry, number, shortMoment } from '../words/format.ts';
import { useApp } from './context.ts';
import { Icon } from './icon.tsx';
import { DeliveryMark } from './marks.tsx';
import { Moon } from './moon.tsx';
import { TrustMark } from './trust.tsx';
import { tellWhole } from './whole.ts';

/** One person in the list. The name is the control and reaches over the whole row; the rest describes it. */
export function ContactRow({ contact, isEntry }: { readonly contact: Person; readonly isEntry: boolean }) {
  const { navigation, now } = useApp();
  const id = useId();
  const screen: Screen = { at: 'conversation', contactId: contact.id };
  const current = 'contactId' in navigation.screen.value && navigation.screen.value.contactId === contact.id;
  const { last, unread } = contact;
  return (
    <li class={unread > 0 ? 'row unread' : 'row'}>
      <Moon of={contact.moon} />
      <span class="row-words">
        <span class="row-top">
          <button
            type="button"
            class="row-name row-control one-line"
            dir="auto"
            data-row={contact.id}
            data-opens={keyOf(screen)}
            tabIndex={isEntry ? 0 : -1}
            aria-describedby={`${id}-trust ${id}-unread ${id}-last ${id}-end`}
            aria-current={current ? 'true' : undefined}
            onClick={() => navigation.go(screen)}
            onMouseEnter={tellWhole}
          >
            {contact.name}
          </button>
          <span id={`${id}-trust`} class="row-trust">
            <TrustMark contact={contact} />
          </span>
        </span>
        <LastWords contact={contact} id={`${id}-last`} />
      </span>
      <span class="row-end">
        <span id={`${id}-end`}>
          {last !== undefined && <time>{shortMoment(last.at, now.value)}</time>}
          {unread === 0 && last?.delivery !== undefined && <DeliveryMark of={last.delivery} />}
        </span>
        {unread > 0 && (
          <span class="count">
            <span aria-hidden="true">{number(unread)}</span>
            <span class="sr" id={`${id}-unread`}>
              {words.list.unread(unread)}
            </span>
          </span>
        )}
      </span>
    </li>
  );
}

/** Below the names that have what was typed in the list: it may be a word of a message. */
export function SearchRow({ text, isEntry }: { readonly text: string; readonly isEntry: boolean }) {
  const { searchMessages } = useApp();
  const key = keyOf({ at: 'search', text });
  return (
    <li class="row offered">
      <span class="search-disc">
        <Icon of={Search} size={18} />
      </span>
      <span class="row-words">
        <button
          type="button"
          class="row-name row-control"
          data-row={key}
          data-opens={key}
          tabIndex={isEntry ? 0 : -1}
          onClick={() => searchMessages(text)}
        >
          {words.list.searchMessages(text)}
        </button>
      </span>
    </li>
  );
}

/** What stands under the name: a draft, else the last message, else what there is to do or to wait for. */
function LastWords({ contact, id }: { readonly contact: Person; readonly id: string }) {
  const { drafts, navigation } = useApp();
  const open = 'contactId' in navigation.screen.value && navigation.screen.value.contactId === contact.id;
  const draft = open ? '' : (drafts.texts.value[contact.id] ?? contact.draft ?? '').trim();
  if (draft !== '')
    return (
      <span class="row-last" id={id} dir="auto">
        <em class="draft">{words.list.draft}</em> {draft}
      </span>
    );
  if (contact.trust.state === 'changed')
    return (
      <span class="row-last warn" id={id}>
        {words.list.keyChanged}
      </span>
    );
  const { last } = contact;
  const text =
    last !== undefined
      ? last.from === 'me'
        ? words.list.you(last.text)
        : last.text
      : contact.stage === 'waiting'
        ? words.list.waiting(contact.name)
        : words.list.newContact;
  return (
    <span class={last === undefined ? 'row-last nothing' : 'row-last'} id={id} dir="auto">
      {text}
    </span>
  );
}

/** One invite that nobody has used yet. */
export function InviteRow({
  invite,
  name,
  isEntry,
}: {
  readonly invite: InviteView;
  readonly name: string;
  readonly isEntry: boolean;
}) {
  const { navigation, now } = useApp();
  const id = useId();
  const screen: Screen = { at: 'invite', inviteId: invite.id };
  return (
    <li class="row">
      <span class={`invite-disc ${invite.state}`}>
        <Icon of={Link2} size={18} />
      </span>
      <span class="row-words">
        <button
          type="button"
          class="row-name row-control"
          data-row={invite.id}
          data-opens={keyOf(screen)}
          tabIndex={isEntry ? 0 : -1}
          aria-describedby={`${id}-state`}
          aria-current={keyOf(navigation.screen.value) === keyOf(screen) ? 'true' : undefined}
          onClick={() => navigation.go(screen)}
        >
          {name}
        </button>
        <span class="row-last" id={`${id}-state`}>
          {invite.state === 'placing' ? words.invite.statePlacing : expiry(invite.expiresAt, now.value)}
        </span>
      </span>
    </li>
  );
}
