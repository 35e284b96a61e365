import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Everything in the page, and the page itself where nothing in it has the focus. */
export const PAGE: RefObject<HTMLElement> = {
  get current() {
    return document.body;
  },
};

/** Whether a key belongs to an input method: Enter chooses a word then, and Escape none. Old ones' only sign is 229. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether files are dragged or pasted, and not only words. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') === true;
}

/**
 * Hears what bubbles up from the controls inside an element that is none itself: a list hears the arrows of its rows,
 * a frame the Escape of whatever is in it.
 */
export function useListener<Type extends keyof HTMLElementEventMap>(
  on: RefObject<HTMLElement>,
  type: Type,
  listener: (event: HTMLElementEventMap[Type]) => void,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  useLayoutEffect(() => {
    const element = on.current;
    if (element === null) return;
    const hear = (event: HTMLElementEventMap[Type]) => latest.current(event);
    element.addEventListener(type, hear);
    return () => element.removeEventListener(type, hear);
  }, [on, type]);
}

/** Leaves what is open, wherever in the page the focus is. */
export function useEscape(leave: () => void): void {
  useListener(PAGE, 'keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return;
    // An open dialog hears it itself, wherever the focus is: after its last button, Tab leaves it to nothing in the page.
    if (document.querySelector('dialog[open]') !== null) return;
    // The browser would close with the same key the dialog that leaving may open.
    event.preventDefault();
    leave();
  });
}

/**
 * Hears that the focus has arrived at something else in the page than what is inside an element. What is closed while
 * the focus still leaves it would take it back.
 */
export function useFocusElsewhere(root: RefObject<HTMLElement>, listener: () => void): void {
  useListener(PAGE, 'focusin', ({ target }) => {
    if (target instanceof Node && !root.current?.contains(target)) listener();
  });
}
