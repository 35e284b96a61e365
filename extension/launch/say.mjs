/**
 * What a person reads while the launcher works: one line for each thing, with the time it took. In a terminal the
 * line moves while the thing runs; elsewhere a line at the start and one at the end, and a sign of life between.
 */

const live = process.stdout.isTTY === true && !process.env.CI;
const colour = live && !process.env.NO_COLOR;

/** @param {string} code @param {string} text */
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** @param {string} text */
export const dim = (text) => paint('2', text);
/** @param {string} text */
export const bold = (text) => paint('1', text);
/** @param {string} text */
export const green = (text) => paint('32', text);
/** @param {string} text */
export const red = (text) => paint('31', text);
/** @param {string} text */
export const yellow = (text) => paint('33', text);

/**
 * @param {number} milliseconds
 * @returns {string} such as `87 ms`, `4.2 s` or `3 min 5 s`
 */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}

/** Prints a line of its own. @param {string} [text] */
export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

/** How often a line that does not move shows that its task is still at work. */
const SIGN_OF_LIFE_MILLISECONDS = 15_000;

/**
 * Runs one task and prints how it went.
 *
 * @template T
 * @param {string} label
 * @param {(progress: (text: string) => void) => Promise<T>} work given a function that shows what is happening now
 * @returns {Promise<T>} what `work` gives; what it throws is thrown on after the line says so
 */
export async function task(label, work) {
  const start = performance.now();
  let now = '';
  const draw = () => {
    const columns = (process.stdout.columns ?? 80) - 1;
    const line = `  … ${label}  ${duration(performance.now() - start)}  ${now}`.slice(0, columns);
    process.stdout.write(`\r\u001b[K${dim(line)}`);
  };
  if (!live) say(`  … ${label}`);
  const timer = live
    ? setInterval(draw, 200)
    : setInterval(
        () => say(`    ${label}: ${duration(performance.now() - start)} so far${now ? `, ${now}` : ''}`),
        SIGN_OF_LIFE_MILLISECONDS,
      );
  const end = (/** @type {string} */ mark) => {
    clearInterval(timer);
    if (live) process.stdout.write('\r\u001b[K');
    say(`  ${mark} ${label}  ${dim(duration(performance.now() - start))}`);
  };
  try {
    const result = await work((text) => {
      now = text.trim().slice(0, 100);
    });
    end(green('✓'));
    return result;
  } catch (error) {
    end(red('✗'));
    throw error;
  }
}
