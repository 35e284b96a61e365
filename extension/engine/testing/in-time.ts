/** What takes longer than this hangs. Milliseconds. */
const PATIENCE = 30_000;

/** What `doing` comes to. Throws, with what it was, where it hangs: a test that only times out would not say that. */
export function inTime<T>(doing: Promise<T>, what: string): Promise<T> {
  let cancel = () => {};
  const late = new Promise<never>((_, failed) => {
    const timer = setTimeout(() => failed(new Error(`hangs: ${what}`)), PATIENCE);
    cancel = () => clearTimeout(timer);
  });
  return Promise.race([doing, late]).finally(cancel);
}
