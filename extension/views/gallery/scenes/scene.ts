/** What a scene of the gallery is, and what several of them show. */
import type { AppSnapshot, ContactView, ConversationSnapshot } from '../../../bridge/types/snapshots.ts';
import type { App } from '../../models/app.ts';
import type { OpenPgpError, OpenPgpOutcome } from '../../models/surroundings.ts';
import type { FakeClient } from '../../testing/fake-client.ts';
import { conversation, INES, NOW, TOM, WITH_BOB, WITH_LONG, WITH_MAYA } from '../../testing/samples.ts';
import type { HandCamera } from '../../testing/surroundings.ts';

export interface Scene {
  readonly app?: AppSnapshot;
  readonly conversations?: readonly ConversationSnapshot[];
  /** Before the view starts: how the double answers. */
  readonly engine?: (client: FakeClient) => void;
  /** What the person has done by then. */
  readonly act?: (app: App, client: FakeClient) => unknown;
  /** How the camera answers, where the scene asks it. */
  readonly camera?: HandCamera['answer'];
  /** What comes of checking a signature; without it, the checking goes on. */
  readonly signature?: OpenPgpOutcome | OpenPgpError;
  /** What is pressed once the screen stands, by accessible name. */
  readonly press?: readonly string[];
  /** Also at other widths, and right to left. */
  readonly more?: readonly ('narrow' | 'wide' | 'rtl' | 'popup')[];
}

export type Scenes = Readonly<Record<string, Scene>>;

export const talk = [WITH_BOB, WITH_MAYA, WITH_LONG, conversation(TOM.id, []), conversation(INES.id, [])];

export const open =
  (contactId: string) =>
  (app: App): void =>
    app.navigation.go({ at: 'conversation', contactId });

export const COMPARED = { state: 'compared', at: NOW - 5 * 86_400_000, how: 'eye' } as const;

export const CHANGED: ContactView = {
  ...TOM,
  moon: { hues: [40, 150], tilt: 20, phase: 60, waxing: true },
  trust: { state: 'changed', at: NOW - 60_000, wasCompared: true },
};
