import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { fold, hasAll, termsIn } from '../../bridge/folding.ts';
import type { Person } from './person.ts';

/** From this many on, looking for a name is quicker than reading the list. */
export const SEARCH_FROM = 7;

export interface Contacts {
  readonly query: ReadonlySignal<string>;
  readonly searchable: ReadonlySignal<boolean>;
  readonly shown: ReadonlySignal<readonly Person[]>;
  search(query: string): void;
}

/** Whose names have all that is looked for. */
export function called(terms: readonly string[], people: readonly Person[]): readonly Person[] {
  return people.filter(({ name }) => hasAll(fold(name).text, terms));
}

export function createContacts(all: ReadonlySignal<readonly Person[]>): Contacts {
  const typed = signal('');
  const searchable = computed(() => all.value.length >= SEARCH_FROM);
  // The field goes when there are few, and what was typed in it must not narrow a list that cannot be widened again.
  const query = computed(() => (searchable.value ? typed.value : ''));
  const shown = computed(() => called(termsIn(query.value), all.value));
  return {
    query,
    searchable,
    shown,
    search(wanted) {
      typed.value = wanted;
    },
  };
}
