import {
  Archive,
  ClipboardPaste,
  ExternalLink,
  Lock,
  Plus,
  Search,
  Settings,
  Sparkles,
  X,
} from 'lucide-preact';
import { useRef } from 'preact/hooks';
import { termsIn } from '../../bridge/folding.ts';
import { NAME_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import { Button, IconButton } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { useFocusOnLeaving } from '../components/focus.ts';
import { Icon } from '../components/icon.tsx';
import { ContactRow, InviteRow, SearchRow } from '../components/list-rows.tsx';
import { isComposing, PAGE, useListener } from '../components/listener.ts';
import { Mark } from '../components/mark.tsx';
import { Menu } from '../components/menu.tsx';
import { Note } from '../components/note.tsx';
import { Notices } from '../components/notices.tsx';
import { moveThroughRows, useEntryRow } from '../components/rows.ts';
import { ServerBanner } from '../components/server-banner.tsx';
import type { Ready } from '../models/app.ts';
import { keyOf } from '../models/navigation.ts';
import { date } from '../words/format.ts';
import { inviteNames } from '../words/invites.ts';

interface Props {
  readonly ready: Ready;
  /** Beside a screen that has the page's title. */
  readonly beside: boolean;
}

/** Everybody that one talks with, and the invites that wait. */
export function List({ ready, beside }: Props) {
  const {
    navigation,
    contact,
    contacts,
    surroundings,
    inviteSomebody,
    lockNow,
    server,
    reach,
    burntWords,
    searchMessages,
  } = useApp();
  const root = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const say = words.list;
  const empty = ready.contacts.length === 0 && ready.invites.length === 0;
  const query = contacts.query.value;
  const shown = contacts.shown.value;
  /** What the messages can be searched for. */
  const text = termsIn(query).length === 0 ? '' : query.trim();
  const searchKey = keyOf({ at: 'search', text });
  const invites = query === '' ? ready.invites : [];
  const names = inviteNames(invites, contact);
  const Title = beside ? 'h2' : 'h1';
  /** What is the matter now comes before what can wait. */
  const isQuiet =
    reach.value !== 'gone' &&
    burntWords.value === undefined &&
    ['nothing', 'connecting'].includes(server.banner.value.show);
  const entry = useEntryRow(root, [
    ...[...shown, ...invites].map(({ id }) => id),
    ...(text === '' ? [] : [searchKey]),
  ]);

  function onKey(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    if (event.key === 'Escape' && event.target === search.current && query !== '') {
      event.stopPropagation();
      contacts.search('');
    } else if (event.key === 'Enter' && event.target === search.current && text !== '') {
      event.preventDefault();
      searchMessages(text);
    } else moveThroughRows(event, root.current);
  }

  useListener(root, 'keydown', onKey);
  useListener(PAGE, 'keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (event.key !== '/' || typing || search.current === null) return;
    event.preventDefault();
    search.current.focus();
  });

  return (
    <div class="screen list" ref={root}>
      <header class="bar list-bar">
        <Mark />
        <Title class="bar-title" tabIndex={-1} data-arrive>
          {words.general.aside}
        </Title>
        {!empty && (
          <IconButton
            icon={ClipboardPaste}
            directed
            name={say.paste}
            opens="accept"
            onPress={() => navigation.go({ at: 'accept' })}
          />
        )}
        <Menu
          opens="search settings"
          items={[
            ...(ready.contacts.length > 0
              ? [
                  {
                    label: words.search.open,
                    icon: Search,
                    onPress: () => navigation.go({ at: 'search' }),
                  },
                ]
              : []),
            ...(ready.lock.passphrase
              ? [{ label: words.lock.lockNow, icon: Lock, onPress: () => void lockNow() }]
              : []),
            {
              label: words.general.settings,
              icon: Settings,
              onPress: () => navigation.go({ at: 'settings' }),
            },
            // Where one is already is not a place to go to.
            ...(surroundings.surface === 'tab'
              ? []
              : [{ label: words.general.openInTab, icon: ExternalLink, href: 'tab.html' }]),
          ]}
        />
      </header>
      {contacts.searchable.value && (
        <search class="find">
          <Icon of={Search} size={16} />
          <input
            ref={search}
            type="text"
            aria-label={say.search}
            aria-keyshortcuts="/"
            placeholder={say.search}
            dir={query === '' ? undefined : 'auto'}
            value={query}
            maxLength={NAME_MAX_CHARACTERS * 2}
            onInput={(event) => contacts.search(event.currentTarget.value)}
          />
          {query === '' ? (
            <kbd>{'/'}</kbd>
          ) : (
            <IconButton icon={X} name={say.clearSearch} onPress={() => contacts.search('')} />
          )}
        </search>
      )}
      {empty ? (
        <div class="empty">
          <h2>{say.empty}</h2>
          <p>{say.emptyHint}</p>
          <Button icon={Plus} opens="invite" onPress={inviteSomebody}>
            {say.invite}
          </Button>
          <Button
            kind="quiet"
            icon={ClipboardPaste}
            directed
            opens="accept"
            onPress={() => navigation.go({ at: 'accept' })}
          >
            {say.paste}
          </Button>
        </div>
      ) : (
        <>
          <div class="rows">
            {shown.length === 0 && query !== '' && (
              <p class="no-match" role="status">
                {say.noMatch(query)}
              </p>
            )}
            <ul aria-label={say.label}>
              {shown.map((person) => (
                <ContactRow key={person.id} contact={person} isEntry={person.id === entry} />
              ))}
              {text !== '' && <SearchRow text={text} isEntry={entry === searchKey} />}
            </ul>
            {invites.length > 0 && (
              <>
                <h2 class="rows-title" id="invites-title">
                  {say.invites}
                </h2>
                <ul aria-labelledby="invites-title">
                  {invites.map((invite) => (
                    <InviteRow
                      key={invite.id}
                      invite={invite}
                      name={names.get(invite.id) ?? ''}
                      isEntry={invite.id === entry}
                    />
                  ))}
                </ul>
              </>
            )}
          </div>
          {/* In a wide view the list stands beside what it offers. */}
          {isQuiet && ready.backup.offered && navigation.screen.value.at !== 'backup' && (
            <BackupOffer made={ready.backup.made} />
          )}
        </>
      )}
      {/* Below the rows: whatever comes and goes here, they stay where they are. */}
      <ServerBanner below />
      {ready.updating && (
        <p class="bar-line" role="status">
          <Icon of={Sparkles} size={14} />
          {words.states.updatingSoon}
        </p>
      )}
      <Notices beside="list" />
      {!empty && (
        <div class="foot">
          <Button kind="quiet" icon={Plus} opens="invite" onPress={inviteSomebody}>
            {say.invite}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Quiet, and there until it is answered. */
function BackupOffer({ made }: { readonly made: number | undefined }) {
  const { navigation, noBackupNow, now } = useApp();
  const say = words.backup;
  const root = useFocusOnLeaving<HTMLElement>();
  return (
    <section class="offer below" aria-label={say.title} ref={root}>
      <Note
        icon={Archive}
        title={made === undefined ? say.offerTitle : say.offerOld}
        action={
          <>
            <Button kind="quiet" size="small" opens="backup" onPress={() => navigation.go({ at: 'backup' })}>
              {say.open}
            </Button>
            <Button kind="quiet" size="small" onPress={() => void noBackupNow()}>
              {say.later}
            </Button>
          </>
        }
      >
        {made === undefined ? say.offer : say.offerAgain(date(made, now.value))}
      </Note>
    </section>
  );
}
