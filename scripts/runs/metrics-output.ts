import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../common/failure.ts';
import { writeWhole } from '../common/whole-file.ts';
import type { MetricsFacts } from './metrics.ts';

/**
 * Writes metrics for node_exporter's textfile collector, which reads as another user and at any time: whole, 0644. The
 * folder must be there. Throws Failure "storage".
 */
export async function writeMetricsFile(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text, 0o644);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === 'ENOENT' ? 'make the folder of BACKUP_METRICS_FILE' : undefined;
    throw new Failure('storage', { message: `metrics cannot be written to "${path}"`, detail: message, hint });
  }
}

/** Whether the newest good set of each storage is young enough, with the reason for people. */
export interface Health {
  readonly ok: boolean;
  readonly reason: string;
}

/** What {@link serveMetrics} answers with. */
export interface MetricsPage {
  /** From `metricsText`. */
  readonly text: string;
  readonly health: Health;
}

/** Judges by the best storage: where one of them has a good set in time, a restore loses no more than is allowed. */
export function healthOf({ storages, rpoSeconds, now }: Pick<MetricsFacts, 'storages' | 'rpoSeconds' | 'now'>): Health {
  const times = storages.flatMap(({ newest }) => (newest === undefined ? [] : [newest.time.getTime()]));
  if (times.length === 0) return { ok: false, reason: 'there is no good set' };
  const age = Math.round((now.getTime() - Math.max(...times)) / 1000);
  return { ok: age <= rpoSeconds, reason: `the newest good set is ${age} s old; ${rpoSeconds} s are allowed` };
}

/** How metrics are served. */
export interface ServeOptions {
  /** Asked for each request. */
  readonly produce: () => Promise<MetricsPage>;
  /** Hears of questions that could not be answered; the asker gets a 500 without a reason. */
  readonly report: (error: unknown) => void;
}

/** Metrics that are being served. */
export interface MetricsServer {
  readonly port: number;
  /** Ends it with all connections. */
  close(): Promise<void>;
}

/** Milliseconds for a request to arrive: long enough for any network, too short to hold connections by the thousand. */
const REQUEST_TIMEOUT = 10_000;

/**
 * Serves /metrics, and /healthz: 200 while the newest good set is young enough, else 503. `address` is "host:port",
 * or ":port" for all addresses of this machine; port 0 takes a free one. Throws Failure "settings".
 */
export async function serveMetrics(address: string, options: ServeOptions): Promise<MetricsServer> {
  const { host, port } = parseAddress(address);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT },
    (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.report(error);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    },
  );
  await listen(server, address, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, address: string, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EADDRINUSE' ? 'another program has this port: choose another one' : undefined;
      reject(new Failure('settings', { message: `cannot listen on "${address}"`, detail: error.message, hint }));
    });
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
}

function parseAddress(address: string): { host: string | undefined; port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) {
    const message = `the address for metrics is ${JSON.stringify(address)}, expected "host:port" or ":port"`;
    throw new Failure('settings', { message });
  }
  return { host: bracketed ?? (plain || undefined), port: Number(port) };
}

async function answer(request: IncomingMessage, response: ServerResponse, { produce }: ServeOptions): Promise<void> {
  // Nothing is read from the asker; what it sends goes nowhere.
  request.resume();
  const path = (request.url ?? '').split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return finish(response, 405, 'only GET is answered\n');
  if (path === '/metrics') {
    const { text } = await produce();
    return finish(response, 200, text, 'text/plain; version=0.0.4; charset=utf-8');
  }
  if (path !== '/healthz') return finish(response, 404, 'there is /metrics and /healthz\n');
  const { health } = await produce();
  return finish(response, health.ok ? 200 : 503, `${health.reason}\n`);
}

function finish(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
