import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** What a screen is for, or its title. */
export function arrivalIn(screen: Element): HTMLElement | undefined {
  return [...screen.querySelectorAll<HTMLElement>('[data-arrive]')].at(-1);
}

/** Brings the focus to an element when it appears in the middle of a screen, in the place of what had it before. */
export function useFocusOnArrival<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  return element;
}

/** Brings the focus to an element when it appears where nobody has it: what had it has made room for this. */
export function useFocusWhereLost<Element extends HTMLElement>(wanted: boolean): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => {
    const page = element.current?.ownerDocument;
    // It stands where that stood: a screen that has just opened must not be scrolled to it before its own arrival.
    if (wanted && page?.activeElement === page?.body) element.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    // That has been by now: who still has the focus here shall see all of it.
    const { current } = element;
    if (wanted && current?.ownerDocument.activeElement === current)
      current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return element;
}

/** Where an element goes that had the focus, it goes to what the open screen is for, and not to nobody. */
export function useFocusOnLeaving<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => {
    const leaving = element.current;
    return () => {
      const page = leaving?.ownerDocument;
      const screen = page?.querySelector('main');
      if (!leaving?.contains(page?.activeElement ?? null) || !screen) return;
      arrivalIn(screen)?.focus();
    };
  }, []);
  return element;
}

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex="0"]';

/**
 * Sees to it that the focus is never nobody's: where an element goes that had it, and nothing takes it up, it goes to
 * the nearest thing around the place where that stood. Whoever has pressed beside everything is left alone.
 */
export function useFocusKept(): void {
  useLayoutEffect(() => {
    /** What has the focus, and all that it stands in, from the inside out. */
    let around: HTMLElement[] = [];
    const came = ({ target }: FocusEvent) => {
      around = [];
      for (let one = target; one instanceof HTMLElement; one = one.parentElement) around.push(one);
    };
    const pressed = () => {
      around = [];
    };
    const watcher = new MutationObserver(() => {
      const [had] = around;
      if (had === undefined || had.isConnected || document.activeElement !== document.body) return;
      for (const place of around.filter(({ isConnected }) => isConnected)) {
        const next = place.matches(FOCUSABLE)
          ? place
          : (arrivalIn(place) ?? place.querySelector<HTMLElement>(FOCUSABLE));
        if (!next) continue;
        next.focus({ preventScroll: true });
        break;
      }
    });
    addEventListener('focusin', came);
    addEventListener('pointerdown', pressed, { capture: true });
    watcher.observe(document.body, { childList: true, subtree: true });
    return () => {
      watcher.disconnect();
      removeEventListener('focusin', came);
      removeEventListener('pointerdown', pressed, { capture: true });
    };
  }, []);
}
