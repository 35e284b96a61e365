/** The theorem prover E, asked whether an attacker's goal follows. */
import { spawnSync } from 'node:child_process';
import { findProgram } from '../../extension/launch/programs.mjs';

/**
 * Selecting negative literals unless one positive literal is larger than all: with it what an attacker composes is not
 * enumerated, and saturation comes to an end. Seconds of processor time, many times what any case takes.
 */
const OPTIONS = [
  '--silent',
  '--literal-selection-strategy=SelectUnlessUniqPosMax',
  '--term-ordering=KBO6',
  '--cpu-limit=60',
];

/** `safe` where the goal cannot be derived, `attack` where it was. Throws where the prover came to no end. */
export function prove(clauses: string): 'safe' | 'attack' {
  const prover = findProgram('eprover');
  if (prover === undefined) throw new Error('The E theorem prover is not installed.');
  const { stdout, stderr } = spawnSync(prover, OPTIONS, { input: clauses, encoding: 'utf8' });
  // Saturated without a contradiction, or with one.
  if (stdout.includes('SZS status Satisfiable')) return 'safe';
  if (stdout.includes('SZS status Unsatisfiable')) return 'attack';
  throw new Error(`The prover came to no end: ${stdout}${stderr}`);
}
