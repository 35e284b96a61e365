import { ArrowUp, Search as Glass, X } from 'lucide-preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { SEARCH_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { words } from '../../locales/index.ts';
import { Bar } from '../components/bar.tsx';
import { Button, IconButton } from '../components/button.tsx';
import { useApp } from '../components/context.ts';
import { FoundRow } from '../components/found-row.tsx';
import { Icon } from '../components/icon.tsx';
import { ContactRow } from '../components/list-rows.tsx';
import { isComposing, useListener } from '../components/listener.ts';
import { Failure } from '../components/note.tsx';
import { moveThroughRows, useEntryRow } from '../components/rows.ts';
import { keyOf } from '../models/navigation.ts';
import type { Person } from '../models/person.ts';
import type { Search as SearchModel } from '../models/search.ts';
import { date, number } from '../words/format.ts';

interface Props {
  readonly model: SearchModel;
  /** Whose conversation it is; without, it is all of them. */
  readonly contact?: Person;
  /** Beside the list, which has the people. */
  readonly beside: boolean;
}

/** People by their names, and messages by a word that somebody remembers of them. */
export function Search({ model, contact: whose, beside }: Props) {
  const { contact, now } = useApp();
  const root = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const taken = useRef<string>();
  const say = words.search;
  const title = whose === undefined ? say.title : say.with(whose.name);
  const label = whose !== undefined ? title : beside ? say.open : say.field;
  const query = model.query.value;
  const people = beside ? [] : model.people.value;
  const state = model.state.value;
  const slow = model.slow.value;
  const found = model.found.value.flatMap((one) => {
    const person = contact(one.contactId);
    return person === undefined ? [] : [{ one, person }];
  });
  const fresh = model.fresh.value;
  const isOver = state.state === 'done' || state.state === 'paused';
  const isNothing = people.length + found.length === 0 && state.state === 'done';
  const entry = useEntryRow(root, [
    ...people.map(({ id }) => id),
    ...found.map(({ one }) => keyOf({ at: 'conversation', contactId: one.contactId, messageId: one.id })),
  ]);

  function takeFresh(): void {
    const [newest] = fresh;
    if (newest !== undefined)
      taken.current = keyOf({ at: 'conversation', contactId: newest.contactId, messageId: newest.id });
    model.takeFresh();
  }

  // The newest of them has the focus, which brings it into sight.
  useLayoutEffect(() => {
    if (taken.current === undefined) return;
    root.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(taken.current)}"]`)?.focus();
    taken.current = undefined;
  }, [model.found.value]);

  // The screen was there before, and does not arrive.
  const handed = model.handed.value;
  useLayoutEffect(() => {
    if (handed > 0) field.current?.focus();
  }, [handed]);

  useListener(root, 'keydown', (event) => {
    if (!isComposing(event)) moveThroughRows(event, root.current);
  });

  return (
    <div class="screen search" ref={root}>
      <Bar title={title} />
      <search class="find">
        <Icon of={Glass} size={16} />
        <input
          ref={field}
          type="search"
          aria-label={label}
          placeholder={whose === undefined && !beside ? say.field : say.messages}
          autocomplete="off"
          data-arrive
          dir={query === '' ? undefined : 'auto'}
          value={query}
          maxLength={SEARCH_MAX_CHARACTERS}
          onInput={(event) => model.type(event.currentTarget.value)}
        />
        {query !== '' && (
          <IconButton
            icon={X}
            name={words.list.clearSearch}
            onPress={() => {
              model.type('');
              field.current?.focus();
            }}
          />
        )}
      </search>
      {/* Always in the page, so that screen readers hear it fill. */}
      <p class={isNothing ? 'no-match' : 'sr'} role="status">
        {isNothing
          ? say.nothing(query.trim())
          : slow !== undefined
            ? say.searching
            : isOver && say.found(people.length, number(found.length), found.length)}
      </p>
      {state.state === 'idle' && (
        <div class="empty">
          <h2>{say.empty}</h2>
          <p>{say.emptyHint}</p>
        </div>
      )}
      {/* Its number may change often, and is not said each time. */}
      <p class="sr" role="status">
        {fresh.length > 0 && say.cameSince}
      </p>
      {fresh.length > 0 && (
        <div class="fresh">
          <Button size="small" icon={ArrowUp} onPress={takeFresh}>
            {say.fresh(fresh.length)}
          </Button>
        </div>
      )}
      <div class="rows">
        {people.length > 0 && (
          <>
            <h2 class="rows-title" id="people-title">
              {say.people}
            </h2>
            <ul aria-labelledby="people-title">
              {people.map((person) => (
                <ContactRow key={person.id} contact={person} isEntry={person.id === entry} />
              ))}
            </ul>
          </>
        )}
        {found.length > 0 && (
          <>
            {whose === undefined && (
              <h2 class="rows-title" id="messages-title">
                {say.messages}
              </h2>
            )}
            <ul
              {...(whose === undefined
                ? { 'aria-labelledby': 'messages-title' }
                : { 'aria-label': say.messages })}
            >
              {found.map(({ one, person }) => {
                const key = keyOf({ at: 'conversation', contactId: person.id, messageId: one.id });
                return (
                  <FoundRow
                    key={key}
                    found={one}
                    contact={person}
                    ofMany={whose === undefined}
                    isEntry={key === entry}
                  />
                );
              })}
            </ul>
          </>
        )}
        {slow !== undefined && (
          <p class="searching" aria-hidden="true">
            {slow.reached === undefined ? say.searching : say.searchingBack(date(slow.reached, now.value))}
          </p>
        )}
        <div class="search-end">
          <Failure>{state.state === 'failed' ? words.errors[state.code] : undefined}</Failure>
          {(state.state === 'failed' || state.state === 'paused') && (
            <Button kind="quiet" onPress={model.goOn}>
              {state.state === 'failed' ? words.general.tryAgain : say.further}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
