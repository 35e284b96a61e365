/**
 * `node signal/faults/run.mjs kills --rounds 100`: the faults that `npm test` tries a few times, as often as one likes.
 * `kills` of processes at random instants, a `disk` that is full, a `crowd` of 15,000 sockets that goes at once, a `failover` from a
 * primary to its replica.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const [fault = 'kills', , rounds = '100'] = process.argv.slice(2);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(
  process.execPath,
  [vitest, 'run', '--root', root, '--project', 'browsers', `signal/faults/${fault}.system.test.ts`],
  { stdio: 'inherit', env: { ...process.env, ASIDE_FAULT_ROUNDS: rounds } },
);
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
