/**
 * Builds the extension for one target and ends: `node build-extension.mjs <target>`. Needs the installed packages.
 */
import { basename } from 'node:path';
import { build } from 'wxt';
import { extensionFolder, outputs } from './paths.mjs';

const target = /** @type {import('./paths.mjs').Target} */ (process.argv[2]);
const hooks = target.startsWith('e2e-');

// The bundler asks the environment before the mode: built by a test's run, the views would have the developers' JSX,
// which is slower and names every source file by its path on this machine.
process.env.NODE_ENV = 'production';

try {
  await build({
    root: extensionFolder,
    browser: target.endsWith('firefox') ? 'firefox' : 'chrome',
    mode: 'production',
    outDirTemplate: basename(outputs[target]),
    // Step hooks let a test stop or kill the engine between two steps; shipped builds have no trace of them.
    vite: () => ({ define: { __ASIDE_STEP_HOOKS__: JSON.stringify(hooks) } }),
  });
} catch (error) {
  // What is wrong with the source, without the bundler's own stack.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
