/**
 * Milliseconds since this call by a clock that may be set: while it goes forward so does this, and a step back counts as
 * no time at all, so that nobody is held to a limit for the hour that the machine's clock was wrong.
 */
export function onlyForward(now: () => number): () => number {
  let last = now();
  let passed = 0;
  return () => {
    const at = now();
    passed += Math.max(0, at - last);
    last = at;
    return passed;
  };
}
