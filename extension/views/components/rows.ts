import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { useListener } from './listener.ts';

/** The one of these rows that can be reached with Tab: the last that had the focus while it is there, or the first. */
export function useEntryRow(root: RefObject<HTMLElement>, rows: readonly string[]): string | undefined {
  const [last, setLast] = useState<string>();
  useListener(root, 'focusin', ({ target }) => {
    const row = target instanceof HTMLElement ? target.dataset.row : undefined;
    if (row !== undefined) setLast(row);
  });
  return last !== undefined && rows.includes(last) ? last : rows[0];
}

/** Moves the focus through a list's rows with the arrow keys, Home and End. */
export function moveThroughRows(event: KeyboardEvent, root: HTMLElement | null): void {
  const rows = [...(root?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const at = document.activeElement instanceof HTMLElement ? rows.indexOf(document.activeElement) : -1;
  // From the search field the arrow leads to the first row; there Home and End belong to the text.
  const inField = event.target instanceof HTMLInputElement;
  if (at === -1 && !(inField && event.key === 'ArrowDown')) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  const row = to === undefined ? undefined : rows[to];
  if (row === undefined) return;
  event.preventDefault();
  row.focus();
}
