/** A Lua file as its text: vitest reads the suffix, esbuild the ending (`build.mjs`). */
declare module '*.lua?raw' {
  const text: string;
  export default text;
}
