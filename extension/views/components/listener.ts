import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

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
  useEffect(() => {
    const element = on.current;
    if (element === null) return;
    const hear = (event: HTMLElementEventMap[Type]) => latest.current(event);
    element.addEventListener(type, hear);
    return () => element.removeEventListener(type, hear);
  }, [on, type]);
}
