import { encode } from 'uqr';

/** Light modules around a code, as readers expect them (ISO 18004). */
export const QUIET_ZONE = 4;

export interface QrDrawing {
  /** Modules along a side, the quiet zone included. */
  readonly size: number;
  /** The dark modules, as the path of an SVG whose unit is a module. */
  readonly path: string;
}

/** A text as a QR code. Throws where it is longer than a code can hold. */
export function drawQr(text: string): QrDrawing {
  const { size, data } = encode(text, { ecc: 'M', border: 0 });
  let path = '';
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x++;
      path += `M${from + QUIET_ZONE} ${y + QUIET_ZONE}h${x - from + 1}v1h${from - x - 1}z`;
    }
  });
  return { size: size + 2 * QUIET_ZONE, path };
}
