/** Every state that a screen can be in, as the engine's snapshots bring it about. */

import { BACKUP } from './scenes/backup.ts';
import { CONTACT } from './scenes/contact.ts';
import { CONVERSATION } from './scenes/conversation.ts';
import { FIRST_RUN } from './scenes/first-run.ts';
import { INVITE } from './scenes/invite.ts';
import { LIST } from './scenes/list.ts';
import type { Scenes } from './scenes/scene.ts';
import { SEARCH } from './scenes/search.ts';
import { SETTINGS_AND_LOCK } from './scenes/settings.ts';
import { STATES } from './scenes/states.ts';
import { WORDS } from './scenes/words.ts';

export const SCENES: Scenes = {
  ...FIRST_RUN,
  ...LIST,
  ...CONVERSATION,
  ...SEARCH,
  ...INVITE,
  ...WORDS,
  ...CONTACT,
  ...SETTINGS_AND_LOCK,
  ...BACKUP,
  ...STATES,
};
