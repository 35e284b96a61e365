import { type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * One JSON object a line on standard output. Every line has an `event`, and nothing that could join people: no
 * address, no mailbox, no payload. Written at once, so that nothing is lost when the process ends.
 */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
