import { it } from 'vitest';
import { Door } from './door.ts';
import { holdsFor } from './property.ts';

it('answers or ends whatever comes through the door, and holds nothing afterwards', () =>
  holdsFor(new Door(), Number(process.env.ASIDE_FUZZ_RUNS ?? 1500)));
