import { createServer } from 'node:http';
import { SignalError } from './error.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsListening {
  readonly port: number;
  close(): void;
}

/** Whoever asks for numbers asks at once, and once in a while. Milliseconds. */
const PATIENCE_MS = 5000;

/**
 * `/metrics` on a listener of its own, so that no rule of a proxy stands between the numbers and the world. Rejects
 * with SignalError `cannot-listen`. Port 0 takes a free one.
 */
export function listenForMetrics(
  address: { readonly host: string; readonly port: number },
  metrics: Metrics,
): Promise<MetricsListening> {
  const { host, port } = address;
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS });
  server.on('request', (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new SignalError('cannot-listen', `cannot listen at ${host} port ${port} for metrics`, { cause }),
      );
    });
    server.listen({ host, port }, () => {
      const bound = server.address();
      resolve({
        port: typeof bound === 'object' && bound !== null ? bound.port : port,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
