import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from './context.ts';

/** Where all that comes by itself is said, in every state of the view. */
export function Announcer() {
  const { announcements } = useApp();
  return (
    <div class="sr" aria-live="polite">
      {announcements.said.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}

/** Whether the words of an element are said as they come, or only when they become others while they stand. */
export type Announced = boolean | 'as-it-changes';

/** Says the words of an element. What is in it is drawn by then, and what it consists of are sentences. */
export function useAnnounced<Element extends HTMLElement>(announced: Announced): RefObject<Element> {
  const { announcements } = useApp();
  const element = useRef<Element>(null);
  const isFirst = useRef(true);
  // After every drawing: the words are whatever they are then, and those that were heard are not said again.
  useEffect(() => {
    const quietly = announced === 'as-it-changes' && isFirst.current;
    isFirst.current = false;
    if (announced === false || element.current === null) return;
    const { children, textContent } = element.current;
    const sentences = Array.from(children, (child) => child.textContent ?? '');
    return announcements.came(sentences.length === 0 ? (textContent ?? '') : sentences.join(' '), quietly);
  });
  return element;
}

/** Says words that have come about, once while they are the same; nothing for none. */
export function useSaid(words: string | undefined): void {
  const { announcements } = useApp();
  useEffect(() => (words === undefined ? undefined : announcements.came(words)), [words]);
}

/** The title of what has come about, said as it comes. */
export function AnnouncedTitle({ children }: { readonly children: ComponentChildren }) {
  return <h2 ref={useAnnounced<HTMLHeadingElement>(true)}>{children}</h2>;
}
