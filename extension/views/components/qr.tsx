import { useMemo } from 'preact/hooks';
import { drawQr } from '../words/qr.ts';

/** A QR code: black on white in either theme, as some cameras read no other. */
export function QrCode({ text, name }: { readonly text: string; readonly name: string }) {
  const { size, path } = useMemo(() => drawQr(text), [text]);
  return (
    <svg class="qr" role="img" aria-label={name} viewBox={`0 0 ${size} ${size}`}>
      <rect width={size} height={size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}
