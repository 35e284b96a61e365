/**
 * `node wasm-crypto/mutation/run.mjs [file …]`: mutation testing with Stryker of what stryker.config.json names, or of the
 * named files alone (from `wasm-crypto/` on). It takes long; MUTANTS.md explains what it leaves alive.
 */
import { join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { buildModule } from '../build.mjs';

process.chdir(join(import.meta.dirname, '..'));
await buildModule();
const files = process.argv.slice(2);
const results = await new Stryker({
  configFile: 'mutation/stryker.config.json',
  ...(files.length > 0 && { mutate: files }),
}).runMutationTest();
process.exitCode = results.length > 0 ? 0 : 1;
