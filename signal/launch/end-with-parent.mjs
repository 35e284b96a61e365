/**
 * Preloaded into the server that the launcher starts: the launcher holds the other end of its standard input, so that
 * the server drains and ends also when the launcher was killed and could say nothing.
 */
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
// A server that stops by itself does not wait for it.
/** @type {import('node:net').Socket} */ (process.stdin).unref();
