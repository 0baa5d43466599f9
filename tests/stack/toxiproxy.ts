/** Faults on the wire: toxiproxy stands between a client and a server and makes the network bad on demand. */
import { answers, freePort, startDaemon } from './daemon.ts';
import { goProgram } from './go-program.ts';

/** What is done to the bytes; the attributes are those of toxiproxy's own toxics. */
export interface Toxic {
  readonly type: 'latency' | 'bandwidth' | 'slow_close' | 'timeout' | 'reset_peer' | 'slicer' | 'limit_data';
  /** "upstream": towards the server. Default: "downstream". */
  readonly stream?: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}

/** One way through the proxy. */
export interface ToxicWay {
  readonly port: number;
  /** Makes the way bad; gives what makes it good again. */
  poison(toxic: Toxic): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A toxiproxy that runs. */
export interface Toxiproxy {
  /** A new way to a port of this machine. */
  to(port: number): Promise<ToxicWay>;
  stop(): Promise<void>;
}

/** Starts toxiproxy. */
export async function startToxiproxy(): Promise<Toxiproxy> {
  const program = await goProgram({
    name: 'toxiproxy-server',
    module: 'github.com/Shopify/toxiproxy/v2',
    version: 'v2.12.0',
    source: 'github.com/Shopify/toxiproxy/v2/cmd/server',
  });
  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const daemon = await startDaemon({
    program,
    args: () => ['-host', '127.0.0.1', '-port', String(port)],
    isReady: () => answers(`${api}/version`),
  });
  return { to: (target) => openWay(api, target), stop: daemon.stop };
}

let ways = 0;

async function openWay(api: string, target: number): Promise<ToxicWay> {
  ways += 1;
  const name = `way-${ways}`;
  const port = await freePort();
  await ask(`${api}/proxies`, 'POST', { name, listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${target}` });
  let toxics = 0;
  return {
    port,
    poison: async ({ type, stream = 'downstream', attributes }) => {
      toxics += 1;
      const toxic = `toxic-${toxics}`;
      await ask(`${api}/proxies/${name}/toxics`, 'POST', { name: toxic, type, stream, toxicity: 1, attributes });
      return () => ask(`${api}/proxies/${name}/toxics/${toxic}`, 'DELETE');
    },
    close: () => ask(`${api}/proxies/${name}`, 'DELETE'),
  };
}

async function ask(url: string, method: string, body?: object): Promise<void> {
  const answer = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${url}: ${await answer.text()}`);
}
