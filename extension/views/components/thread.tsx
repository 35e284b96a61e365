import { ArrowDown, Inbox, KeyRound, MailQuestionMark, MoonStar, Signpost, WifiOff } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ConversationSnapshot } from '../../bridge/types/snapshots.ts';
import { words } from '../../locales/index.ts';
import type { Conversation, ReadingPlace } from '../models/conversation.ts';
import type { Person } from '../models/person.ts';
import { failureOf } from '../models/task.ts';
import { layOut } from '../models/thread.ts';
import { date, dayName, dayOf, number } from '../words/format.ts';
import { ConnectDirectly } from './address.tsx';
import { Button, IconButton } from './button.tsx';
import { useApp } from './context.ts';
import { Icon } from './icon.tsx';
import { Message } from './message.tsx';
import { Moon } from './moon.tsx';
import { Note } from './note.tsx';

interface Props {
  readonly model: Conversation;
  readonly contact: Person;
  readonly snapshot: ConversationSnapshot;
}

/** Closer to the end than this counts as being there: less than half a message. */
const END_PX = 24;
/** Closer to what is not loaded than this loads it: about a screen ahead. */
const AHEAD_PX = 500;

interface Scroll {
  atEnd: boolean;
  /** Where the thread begins on the screen. */
  top: number;
  /** The first message in sight, and where it stood then. */
  reading?: { readonly element: HTMLElement; readonly top: number } | undefined;
  last: string;
  arrived: boolean;
}

/** The first message of which something is in sight. */
function firstInSight(scroller: HTMLElement): Scroll['reading'] {
  for (const element of scroller.querySelectorAll<HTMLElement>('.message')) {
    if (element.offsetTop + element.offsetHeight > scroller.scrollTop)
      return { element, top: exactTop(scroller, element) };
  }
  return undefined;
}

/** Where somebody reads, so that they find it again when they come back. */
function placeOf(scroller: HTMLElement, reading: Scroll['reading']): ReadingPlace | undefined {
  const id = reading?.element.dataset.message;
  return reading === undefined || id === undefined
    ? undefined
    : { id, top: reading.top - scroller.scrollTop };
}

/** From the beginning of what scrolls. Whole pixels, as `offsetTop` has them, would add up to a jump in a long thread. */
function exactTop(scroller: HTMLElement, element: HTMLElement): number {
  return element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
}

/** So that a screen reader reads it, and everybody sees which it is until they go on. */
function focusOn(found: HTMLElement | null): void {
  if (found === null) return;
  found.tabIndex = -1;
  found.addEventListener('blur', () => found.removeAttribute('tabindex'), { once: true });
  found.focus({ preventScroll: true });
}

/** The messages, from old to new. Stays at the newest unless the person has scrolled away from it. */
export function Thread({ model, contact, snapshot }: Props) {
  const { now } = useApp();
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const scroll = useRef<Scroll>({ atEnd: true, top: 0, last: '', arrived: false });
  const [away, setAway] = useState(false);
  const { messages, keyChanges, hasNewer } = snapshot;
  const going = model.going.value;
  const firstUnread = model.firstUnread.value;
  const rows = useMemo(
    () => layOut(messages, firstUnread, dayOf, keyChanges),
    // A snapshot is a copy of all: the changes are few, and are told apart by their moments.
    [messages, firstUnread, keyChanges.map(({ at, before }) => `${at} ${before}`).join()],
  );

  function noteEnd(element: HTMLElement): void {
    const left = element.scrollHeight - element.clientHeight - element.scrollTop;
    scroll.current.atEnd = left < END_PX && !hasNewer;
    scroll.current.reading = firstInSight(element);
    setAway(hasNewer || left > element.clientHeight / 2);
    model.atEnd(scroll.current.atEnd);
    model.reads(scroll.current.atEnd ? undefined : placeOf(element, scroll.current.reading));
    if (element.scrollHeight <= element.clientHeight) return;
    if (element.scrollTop < AHEAD_PX) model.older();
    if (left < AHEAD_PX) model.newer();
  }

  function onScroll(): void {
    if (scroller.current !== null) noteEnd(scroller.current);
  }

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const before = scroll.current;
    const last = messages.at(-1);
    if (before.arrived && before.atEnd && !hasNewer && going === undefined) {
      // The observer below keeps the end in sight once all is laid out: to ask for that here would lay it out twice.
      before.last = last?.id ?? '';
      return;
    }
    const sought =
      going !== undefined && going.to !== 'end'
        ? element.querySelector<HTMLElement>(`[data-message="${going.id}"]`)
        : null;
    const unread = before.arrived ? null : element.querySelector<HTMLElement>('.unread-line');
    if (sought !== null && going?.to === 'place') {
      element.scrollTop = exactTop(element, sought) - going.top;
      model.arriveThere();
    } else if (sought !== null) {
      element.scrollTop = sought.offsetTop - (element.clientHeight - sought.offsetHeight) / 2;
      focusOn(sought.querySelector('article'));
      model.arriveThere();
    } else if (going?.to === 'end' && !hasNewer) {
      element.scrollTop = element.scrollHeight;
      model.arriveThere();
    } else if (unread !== null) {
      // On arrival what is new comes first, with a little of what was known above it.
      element.scrollTop = unread.offsetTop - element.clientHeight / 4;
    } else if (
      (before.atEnd && !hasNewer) ||
      (last?.delivery?.state === 'waiting' && last.id !== before.last)
    ) {
      // To what was just written, once: it may wait for days, and whoever looks for something older is not pulled back.
      element.scrollTop = element.scrollHeight;
    } else if (before.reading?.element.isConnected) {
      // Older messages came in above, or went because newer ones came: what is on the screen stays where it is.
      element.scrollTop += exactTop(element, before.reading.element) - before.reading.top;
    }
    before.last = last?.id ?? '';
    before.arrived = true;
    noteEnd(element);
  }, [rows, hasNewer, going]);

  // What takes the thread's place, a changed key for one, shows no message.
  useLayoutEffect(() => () => model.atEnd(false), [model]);

  // A composer that grows, a panel made narrower, a note that comes: none may hide the newest message, and what comes
  // above the thread moves none of those that are being read.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || content.current === null) return;
    // What scrolls has to be reached with the keyboard to be scrolled with it.
    element.tabIndex = 0;
    const topOf = () => element.getBoundingClientRect().top;
    scroll.current.top = topOf();
    const observer = new ResizeObserver(() => {
      const moved = topOf() - scroll.current.top;
      scroll.current.top += moved;
      element.scrollTop = scroll.current.atEnd ? element.scrollHeight : element.scrollTop + moved;
    });
    observer.observe(element);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="thread-frame">
      <section
        class="thread"
        ref={scroller}
        aria-label={words.thread.label(contact.name)}
        onScroll={onScroll}
      >
        <div class="thread-content" ref={content}>
          {snapshot.hasOlder && (
            <div class="older">
              <Button kind="quiet" size="small" busy={model.loading.value === 'older'} onPress={model.older}>
                {words.thread.older}
              </Button>
            </div>
          )}
          {rows.length === 0 && <Beginning contact={contact} />}
          <ol class="messages">
            {rows.map((row) =>
              row.kind === 'day' ? (
                <li class="day" key={row.key}>
                  {dayName(row.at, now.value)}
                </li>
              ) : row.kind === 'key-changed' ? (
                <li class="key-line" key={row.key}>
                  <Icon of={KeyRound} size={14} />
                  {words.trust.keyLine(contact.name, date(row.at, now.value))}
                </li>
              ) : row.kind === 'unread' ? (
                <li class="unread-line" key={row.key}>
                  <span>{words.thread.unread}</span>
                </li>
              ) : (
                <Message
                  key={row.key}
                  message={row.message}
                  joined={row.joined}
                  name={contact.name}
                  held={contact.trust.state === 'changed'}
                  model={model}
                />
              ),
            )}
          </ol>
          {hasNewer ? (
            <div class="older">
              <Button kind="quiet" size="small" busy={model.loading.value === 'newer'} onPress={model.newer}>
                {words.thread.newer}
              </Button>
            </div>
          ) : (
            <Situation model={model} contact={contact} />
          )}
        </div>
      </section>
      {away && (
        <div class="to-end">
          <IconButton
            icon={ArrowDown}
            name={contact.unread > 0 ? words.thread.toUnread(contact.unread) : words.thread.toEnd}
            onPress={model.toEnd}
          />
          {contact.unread > 0 && (
            <span class="count" aria-hidden="true">
              {number(contact.unread)}
            </span>
          )}
        </div>
      )}
      {/* What comes behind the part that is shown is not among what is read out as it comes. */}
      <p class="sr" aria-live="polite">
        {hasNewer && contact.unread > 0 && words.list.unread(contact.unread)}
      </p>
    </div>
  );
}

function Beginning({ contact }: { readonly contact: Person }) {
  return (
    <div class="beginning">
      <Moon of={contact.moon} size="large" />
      <h2>{words.thread.empty(contact.name)}</h2>
      <p>{words.thread.emptyHint}</p>
    </div>
  );
}

/** Below the newest message: what stands between it and the other person, if anything does. */
function Situation({ model, contact }: { readonly model: Conversation; readonly contact: Person }) {
  const say = words.thread;
  const code = failureOf(model.unsealing.value);
  const opened = model.opened.value;
  return (
    <>
      {(contact.quarantined > 0 || opened !== undefined) && (
        <Note
          icon={MailQuestionMark}
          kind="warning"
          announced
          {...(contact.quarantined > 0
            ? {
                title: say.quarantinedTitle(contact.quarantined),
                action: (
                  <Button
                    kind="quiet"
                    size="small"
                    busy={model.unsealing.value.state === 'running'}
                    onPress={model.clearQuarantine}
                  >
                    {say.quarantinedTry}
                  </Button>
                ),
              }
            : {})}
        >
          {code !== undefined
            ? words.errors[code]
            : opened !== undefined
              ? say.quarantinedOpened(opened)
              : say.quarantinedHint}
        </Note>
      )}
      {contact.trust.state === 'changed' ? null : contact.stage === 'waiting' ? (
        <Note icon={MoonStar} title={say.waitingTitle(contact.name)} announced="as-it-changes">
          {say.waitingHint}
        </Note>
      ) : contact.connection.state === 'mailbox' ? (
        contact.connection.lacksRelay === true ? (
          <Aside
            icon={<Icon of={Inbox} size={14} />}
            action={<ConnectDirectly model={model.address} contact={contact} />}
          >
            {contact.address === 'until-accepted'
              ? words.address.untilNoRelay(contact.name)
              : words.connection.lacksRelay(contact.name)}
          </Aside>
        ) : (
          <Aside icon={<Icon of={Inbox} size={14} />}>{say.away(contact.name)}</Aside>
        )
      ) : contact.moveTo?.held === true ? (
        <Aside icon={<Icon of={Signpost} size={14} />}>{say.held(contact.name)}</Aside>
      ) : contact.connection.state === 'offline' ? (
        <Aside icon={<Icon of={WifiOff} size={14} />}>{say.offline}</Aside>
      ) : null}
    </>
  );
}

interface AsideProps {
  readonly icon: ComponentChildren;
  readonly action?: ComponentChildren;
  readonly children: string;
}

function Aside({ icon, action, children }: AsideProps) {
  return (
    <>
      <p class="situation" role="status">
        {icon}
        <span>{children}</span>
      </p>
      {action !== undefined && <div class="situation-action">{action}</div>}
    </>
  );
}
