import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { ContactView } from '../../bridge/types.ts';

/** From this many on, looking for a name is quicker than reading the list. */
export const SEARCH_FROM = 7;

export interface Contacts {
  readonly query: ReadonlySignal<string>;
  readonly searchable: ReadonlySignal<boolean>;
  readonly shown: ReadonlySignal<readonly ContactView[]>;
  search(query: string): void;
}

/** Letters as they are searched for: without accents, and without regard to capitals. */
function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase();
}

export function createContacts(all: ReadonlySignal<readonly ContactView[]>): Contacts {
  const query = signal('');
  const searchable = computed(() => all.value.length >= SEARCH_FROM);
  const shown = computed(() => {
    const wanted = searchable.value ? folded(query.value.trim()) : '';
    return wanted === '' ? all.value : all.value.filter(({ name }) => folded(name).includes(wanted));
  });
  return {
    query,
    searchable,
    shown,
    search(typed) {
      query.value = typed;
    },
  };
}
