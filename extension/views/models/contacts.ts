import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { fold, wantedIn } from '../../bridge/folding.ts';
import type { Person } from './person.ts';

/** From this many on, looking for a name is quicker than reading the list. */
export const SEARCH_FROM = 7;

export interface Contacts {
  readonly query: ReadonlySignal<string>;
  readonly searchable: ReadonlySignal<boolean>;
  readonly shown: ReadonlySignal<readonly Person[]>;
  search(query: string): void;
}

/** Whose names have what is looked for, which is folded. */
export function called(wanted: string, people: readonly Person[]): readonly Person[] {
  return people.filter(({ name }) => fold(name).text.includes(wanted));
}

export function createContacts(all: ReadonlySignal<readonly Person[]>): Contacts {
  const typed = signal('');
  const searchable = computed(() => all.value.length >= SEARCH_FROM);
  // The field goes when there are few, and what was typed in it must not narrow a list that cannot be widened again.
  const query = computed(() => (searchable.value ? typed.value : ''));
  const shown = computed(() => {
    const wanted = wantedIn(query.value);
    return wanted === '' ? all.value : called(wanted, all.value);
  });
  return {
    query,
    searchable,
    shown,
    search(wanted) {
      typed.value = wanted;
    },
  };
}
