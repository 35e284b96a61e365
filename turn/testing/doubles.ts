/** Programs that stand in for those which a script asks: found first where the folder is the first of its PATH. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts a script of the shell in the place of a program, and of the double that was there before. */
export function putDouble(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
