import type { Moon as MoonValues } from '../../bridge/types/snapshots.ts';

interface Props {
  readonly of: MoonValues;
  readonly size?: 'small' | 'medium' | 'large';
}

/** A person's moon, drawn from their identity. A decoration: their name always stands beside it. */
export function Moon({ of: moon, size = 'medium' }: Props) {
  return (
    <span
      class={`moon ${size}${moon.waxing ? ' waxing' : ''}`}
      aria-hidden="true"
      style={{
        '--h1': moon.hues[0],
        '--h2': moon.hues[1],
        '--tilt': `${moon.tilt}deg`,
        '--phase': `${moon.phase}%`,
      }}
    />
  );
}
