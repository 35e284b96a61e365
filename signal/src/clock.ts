/**
 * Milliseconds since the process began, by a clock that nobody sets: for how long something takes or lasts. The time of day may
 * be put back, and nobody is to be held to a limit, nor to what was read before, for the hour that it was wrong.
 */
export const steadyClock = (): number => performance.now();
