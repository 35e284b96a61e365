import type { TargetedMouseEvent } from 'preact';

/** Tells the whole of what stands on one line and does not fit there, as a tooltip of what is pointed at. */
export function tellWhole({ currentTarget: pointedAt }: TargetedMouseEvent<HTMLElement>): void {
  const line = pointedAt.querySelector('.one-line') ?? pointedAt;
  if (line.scrollWidth > line.clientWidth) pointedAt.title = line.textContent;
  else pointedAt.removeAttribute('title');
}
