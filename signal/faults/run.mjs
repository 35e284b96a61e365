/**
 * `node signal/faults/run.mjs kills --rounds 100`: the faults that `npm test` tries a few times, as often as one likes.
 * `kills` of processes at random instants, a `disk` that is full, a `crowd` of 15,000 sockets that goes at once, a `failover` from a
 * primary to its replica. `--on Valkey` has Valkey in the place of Redis.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '100' }, on: { type: 'string', default: 'Redis' } },
});
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const suite = `signal/faults/${positionals[0] ?? 'kills'}.system.test.ts`;
const child = spawn(process.execPath, [vitest, 'run', '--root', root, '--project', 'browsers', suite], {
  stdio: 'inherit',
  env: { ...process.env, ASIDE_FAULT_ROUNDS: values.rounds, ASIDE_STORE_ON: values.on },
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
