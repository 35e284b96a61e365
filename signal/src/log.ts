import { type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * One JSON object a line on standard output. Every line has an `event`, and nothing that could join people: no
 * address, no mailbox, no payload. Written at once, so that nothing is lost when the process ends: to the process's
 * own stream and not to pino's, which tries for ever to write its last line when nobody reads standard output any more,
 * and so keeps the process from ending.
 */
export function createLog(level: string): Log {
  // A server whose log nobody reads serves all the same.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
    },
    process.stdout,
  );
}

/** How many causes of causes are worth reading. */
const CAUSES = 3;

/**
 * What of an error goes into the log: never its other properties, in which drivers keep the command that failed, with
 * the ids and the envelope in it.
 */
export function describeError(error: unknown, causes = CAUSES): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause =
    error.cause === undefined || causes === 0 ? {} : { cause: describeError(error.cause, causes - 1) };
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause };
}
