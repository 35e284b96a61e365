import type { Scenes } from './scene.ts';

export const STATES: Scenes = {
  starting: { app: { phase: 'starting' } },
  silent: {},
  'newer-data': { app: { phase: 'newer-data' } },
  'storage-failed': { app: { phase: 'storage-failed' }, more: ['wide'] },
};
