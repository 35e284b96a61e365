import jsQR from 'jsqr';
import { expect, it } from 'vitest';
import { OPEN_INVITE, SAFETY } from '../testing/samples.ts';
import { drawQr, QUIET_ZONE } from './qr.ts';

/** Pixels for a module: about what a camera sees of a code on a screen. */
const SCALE = 4;

/** The drawing as a camera's picture: white, and black where the path's rectangles are. */
function photograph(text: string): { pixels: Uint8ClampedArray; side: number } {
  const { size, path } = drawQr(text);
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row++) {
      const from = (row * side + Number(x) * SCALE) * 4;
      for (let at = 0; at < Number(width) * SCALE; at++) pixels.set([0, 0, 0], from + at * 4);
    }
  }
  return { pixels, side };
}

it.each([OPEN_INVITE.link, SAFETY.code])(
  '%s is read from its drawing by the reader that the camera uses',
  (text) => {
    const { pixels, side } = photograph(text);
    expect(jsQR(pixels, side, side, { inversionAttempts: 'dontInvert' })?.data).toBe(text);
    const margin = pixels.subarray(0, QUIET_ZONE * SCALE * side * 4);
    expect(margin.every((value) => value === 255)).toBe(true);
  },
);

it('holds a safety number in large modules, and an invite in some that a laptop can still see', () => {
  expect(drawQr(SAFETY.code).size - 2 * QUIET_ZONE).toBeLessThanOrEqual(33);
  expect(drawQr(OPEN_INVITE.link).size - 2 * QUIET_ZONE).toBeLessThanOrEqual(45);
});
