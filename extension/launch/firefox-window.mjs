/**
 * Firefox's own window, where toolbar, sidebar and the window itself are, by scripts in it. The driver's types know only
 * pages, and the part of its protocol that is used here is named below.
 *
 * @typedef {object} Answer
 * @property {{
 *   readonly type?: string,
 *   readonly contexts?: readonly { readonly context: string }[],
 *   readonly result?: { readonly value?: unknown },
 * }} result
 * @typedef {{ connection: { send: (method: string, parameters: object) => Promise<Answer> } }} Connected
 */

/**
 * @param {import('./browsers.mjs').Launched} launched Firefox
 * @returns {Promise<(script: string) => Promise<unknown>>} runs an expression there, and gives its value; throws with
 *   Firefox's words
 */
export async function firefoxWindow({ browser }) {
  const { connection } = /** @type {Connected} */ (/** @type {unknown} */ (browser));
  const tree = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const target = { context: tree.result.contexts?.[0]?.context };
  return async (script) => {
    const expression = script.trim();
    const answer = await connection.send('script.evaluate', { expression, target, awaitPromise: true });
    if (answer.result.type !== 'success') throw new Error(`Firefox: ${JSON.stringify(answer.result)}`);
    return answer.result.result?.value;
  };
}
