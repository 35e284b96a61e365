/** Loaded before Jazzer.js: its native part is taken from ASIDE_FUZZ_NATIVE, where that is set. */
const { ASIDE_FUZZ_NATIVE } = process.env;
const { extensions } = require;
const load = extensions['.node'];
if (ASIDE_FUZZ_NATIVE !== undefined) {
  extensions['.node'] = (module, file) =>
    load(module, file.endsWith('fuzzer-linux-x64.node') ? ASIDE_FUZZ_NATIVE : file);
}
