import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Brings the focus to an element when it appears in the middle of a screen, in the place of what had it before. */
export function useFocusOnArrival<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  return element;
}
