import { afterEach, expect, it, vi } from 'vitest';
import { camera } from './camera.ts';

vi.mock('jsqr', () => {
  throw new Error('it is not there');
});

afterEach(() => vi.unstubAllGlobals());

it('stays off where what reads its picture does not load', async () => {
  const getUserMedia = vi.fn(() => Promise.reject(new DOMException('', 'NotFoundError')));
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  await expect(camera.open()).rejects.toMatchObject({ name: 'CameraError', code: 'no-reader' });
  expect(getUserMedia).not.toHaveBeenCalled();
});
