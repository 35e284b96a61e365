import { render } from 'preact';
import type { EngineClient } from '../bridge/types.ts';

/** Where a view is shown; the frame differs, the screens do not. */
export type Surface = 'panel' | 'tab' | 'popup';

/** Shows Aside in this page, over the given client. */
export function startView(client: EngineClient, surface: Surface): void {
  const root = document.getElementById('view');
  if (root === null) throw new Error('the page has no element with the id "view"');
  client.watch({ topic: 'app' }, (app) => render(<main data-surface={surface}>{app.phase}</main>, root));
}
