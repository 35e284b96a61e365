import type { ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../../locales/index.ts';
import { Announcer } from '../components/announcer.tsx';
import { AppProvider, useApp } from '../components/context.ts';
import { arrivalIn, useFocusKept } from '../components/focus.ts';
import { hasFiles, PAGE, useEscape, useListener } from '../components/listener.ts';
import type { App, Place, Ready } from '../models/app.ts';
import type { FirstRun as FirstRunModel } from '../models/first-run.ts';
import { keyOf } from '../models/navigation.ts';
import { Accept } from './accept.tsx';
import { Backup } from './backup.tsx';
import { CompareScan } from './compare.tsx';
import { Contact } from './contact.tsx';
import { Conversation } from './conversation.tsx';
import { FirstRun } from './first-run.tsx';
import { Invite } from './invite.tsx';
import { List } from './list.tsx';
import { Locked } from './locked.tsx';
import { Proof } from './proof.tsx';
import { Restore } from './restore.tsx';
import { SayWords } from './say-words.tsx';
import { Search } from './search.tsx';
import { Settings } from './settings.tsx';
import { Opening, Starting, Trouble } from './states.tsx';
import { TypeWords } from './type-words.tsx';

interface Props {
  readonly app: App;
  /** Wide enough for the list and a conversation side by side. */
  readonly wide: ReadonlySignal<boolean>;
}

/** Everything that a page of Aside shows. */
export function View({ app, wide }: Props) {
  return (
    <AppProvider value={app}>
      <Stage wide={wide} />
      <Announcer />
    </AppProvider>
  );
}

/** A browser shows a file that falls on a page in the page's place. */
function takeNoFile(event: DragEvent): void {
  if (!hasFiles(event.dataTransfer)) return;
  event.preventDefault();
  if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'none';
}

function Stage({ wide }: { readonly wide: ReadonlySignal<boolean> }) {
  const app = useApp();
  useFocusKept();
  useListener(PAGE, 'dragover', takeNoFile);
  useListener(PAGE, 'drop', takeNoFile);
  const stage = app.stage.value;
  switch (stage.show) {
    case 'nothing':
      return null;
    case 'starting':
      return <Starting />;
    case 'silent':
    case 'newer-data':
    case 'storage-failed':
      return (
        <Arrive screen={stage.show}>
          <Trouble with={stage.show} />
        </Arrive>
      );
    case 'first-run': {
      const restore = stage.firstRun.restore.value;
      if (restore !== undefined)
        return (
          <Arrive screen="first-run-restore">
            <Restore model={restore} onBack={stage.firstRun.closeRestore} />
          </Arrive>
        );
      return (
        <Arrive screen={firstRunOf(stage.firstRun)}>
          <FirstRun model={stage.firstRun} snapshot={stage.snapshot} />
        </Arrive>
      );
    }
    case 'locked':
      return (
        <Arrive screen="locked">
          <Locked model={stage.locked} />
        </Arrive>
      );
    case 'proposal':
      return (
        <Arrive screen="proposal">
          <Accept model={stage.accept} onNotNow={app.dismissProposal} proposed />
        </Arrive>
      );
    case 'main':
      return <Main ready={stage.ready} wide={wide.value} />;
  }
}

function Main({ ready, wide }: { readonly ready: Ready; readonly wide: boolean }) {
  const { navigation, place } = useApp();
  const at = place.value;
  const name = keyOf(navigation.screen.value);

  useEscape(navigation.back);

  return (
    <div class={wide ? 'frame wide' : 'frame'}>
      {wide && (
        <nav class="pane" aria-label={words.list.label}>
          <List ready={ready} beside={at.at !== 'list'} />
        </nav>
      )}
      <Arrive screen={name}>
        {at.at === 'list' ? (
          wide ? (
            <p class="choose">{ready.contacts.length === 0 ? words.wide.nobody : words.wide.choose}</p>
          ) : (
            <List ready={ready} beside={false} />
          )
        ) : (
          <Open place={at} ready={ready} wide={wide} />
        )}
      </Arrive>
    </div>
  );
}

/** The screen of a place. */
function Open({
  place,
  ready,
  wide,
}: {
  readonly place: Place;
  readonly ready: Ready;
  readonly wide: boolean;
}) {
  const { navigation, contact } = useApp();
  switch (place.at) {
    case 'list':
      return null;
    case 'conversation': {
      const person = contact(place.conversation.contactId);
      if (person === undefined) return <Opening />;
      return <Conversation model={place.conversation} contact={person} beside={wide} />;
    }
    case 'contact': {
      const person = contact(place.contact.contactId);
      if (person === undefined) return <Opening />;
      return <Contact model={place.contact} contact={person} />;
    }
    case 'invite':
      return <Invite model={place.invite} ready={ready} />;
    case 'accept':
      return <Accept model={place.accept} onNotNow={navigation.back} />;
    case 'compare': {
      const person = contact(place.compare.contactId);
      if (person === undefined) return <Opening />;
      return <CompareScan model={place.compare} contact={person} />;
    }
    case 'proof': {
      const person = contact(place.proof.contactId);
      if (person === undefined) return <Opening />;
      return <Proof model={place.proof} contact={person} />;
    }
    case 'search': {
      const { contactId } = place.search;
      if (contactId === undefined) return <Search model={place.search} beside={wide} />;
      const person = contact(contactId);
      if (person === undefined) return <Opening />;
      return <Search model={place.search} contact={person} beside={wide} />;
    }
    case 'say-words':
      return <SayWords model={place.sayWords} ready={ready} />;
    case 'type-words':
      return <TypeWords model={place.typeWords} ready={ready} beside={wide} />;
    case 'backup':
      return <Backup model={place.backup} ready={ready} />;
    case 'settings':
      return <Settings model={place.settings} ready={ready} />;
  }
}

/** What a first run asks for now: with each of them the focus goes to what is new. */
function firstRunOf({ link, typeWords, serverField }: FirstRunModel): string {
  if (link.value !== undefined) return 'first-run-link';
  const server = serverField.value === undefined ? '' : '-server';
  return `first-run${typeWords.value === undefined ? '' : '-words'}${server}`;
}

/**
 * Brings the focus along: into a new screen to what it is for (or its title), and on the way back to what had opened
 * the screen that was left.
 */
function Arrive({
  screen,
  children,
}: {
  readonly screen: string;
  readonly children: preact.ComponentChildren;
}) {
  const { navigation } = useApp();
  const main = useRef<HTMLElement>(null);
  const direction = navigation.direction.value;

  useLayoutEffect(() => {
    const element = main.current;
    if (element === null) return;
    const page = element.ownerDocument;
    const left = navigation.cameFrom.peek();
    const opener =
      left === undefined
        ? null
        : (page.querySelector<HTMLElement>(`[data-opens~="${CSS.escape(left)}"]`) ?? null);
    // A message that was gone to, for one, has taken it already.
    if (opener === null && element.querySelector('.thread')?.contains(page.activeElement)) return;
    (opener ?? arrivalIn(element))?.focus({ preventScroll: opener === null });
  }, [screen]);

  return (
    <main class={`pane moved-${direction}`} ref={main} key={screen}>
      {children}
    </main>
  );
}
