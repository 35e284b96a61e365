/** Overwriting whole states: a session is buffers in buffers, and whoever drops one for good should leave none behind. */
import { wipe } from './sodium.ts';

/** Overwrites every buffer in a plain value, however deep. Nothing that shares one with it may be used afterwards. */
export function wipeWithin(value: unknown): void {
  if (value instanceof Uint8Array) wipe(value);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(wipeWithin);
}
