import { Failure } from '../../../common/failure.ts';
import type { CallOptions, ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import { rowsOf, seriesOf } from '../influxql.ts';
import { DEFAULT_PORT, DEFAULT_RPC_PORT } from '../recognize.ts';
import { Client } from './client.ts';
import { findCredentials } from './credentials.ts';
import { announcedVersion, refuseLaterGeneration, requireFirstGeneration } from './generation.ts';

/** An open connection, with what was asked when it was made. */
export interface Connection {
  readonly address: ServerAddress;
  readonly client: Client;
  /** "1.8.10", of the server. */
  readonly version: string;
  /** Of `influxd` where the programs run: it makes backups and restores them. */
  readonly toolVersion: string;
  /** Where the server takes backups and restores, "127.0.0.1:8088". */
  readonly rpc: string;
  /** Changes with every start of the server. */
  readonly identity: string;
}

/** Finds the programs and the login, and asks what the server is. Throws Failure "unreachable", "denied", "tool-missing" or "version". */
export async function openConnection(address: ServerAddress, options: CallOptions): Promise<Connection> {
  const details = address.service === '' ? undefined : await address.engine.inspect(address.service, options);
  if (details?.running === false) throw new Failure('unreachable', { message: `${address.label} is not running` });
  const place = placeOf(address, details);
  // Before the programs are looked for: whoever has a server of a later generation has others.
  if (details === undefined) refuseLaterGeneration(address.label, await announcedVersion(place, options));
  const toolVersion = await askTool(address, options);
  requireFirstGeneration(details === undefined ? 'influxd of this machine' : address.label, toolVersion);
  const login = { ...place, ...(await findCredentials(address, details, options)) };
  const client = new Client(address, login);
  const [build, system, network] = await client.ask(
    ['build', 'system', 'network'].map((part) => `SHOW DIAGNOSTICS FOR '${part}'`),
    options,
  );
  const version = String(rowsOf(seriesOf(build))[0]?.Version ?? '');
  requireFirstGeneration(address.label, version);
  const { PID, started } = rowsOf(seriesOf(system))[0] ?? {};
  const { hostname } = rowsOf(seriesOf(network))[0] ?? {};
  const identity = `host ${hostname}, process ${PID} since ${started}`;
  return { address, client, version, toolVersion, rpc: rpcOf(address, place.host, details), identity };
}

const LATER = 'InfluxDB 3 has other programs: declare its backup as an export command under `files:`';

async function askTool(address: ServerAddress, options: CallOptions): Promise<string> {
  const { engine, service, label } = address;
  const script = 'command -v influx >/dev/null && command -v influxd >/dev/null || exit 127; influxd version';
  const argv = ['sh', '-c', script] as const;
  try {
    const { stdout } = await engine.run(service, { argv }, options);
    return /v?(\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] ?? '';
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'tool-missing') throw error;
    throw new Failure('tool-missing', {
      message: `there is no influx and influxd ${service === '' ? 'on this machine' : `in ${label}`}`,
      hint: service === '' ? 'install influxdb and influxdb-client of version 1' : LATER,
    });
  }
}

/** Inside a container the server is on its own loopback. */
function placeOf({ host, port, parameters }: ServerAddress, details: ServiceDetails | undefined) {
  const written = /:(\d+)$/.exec(details?.environment.get('INFLUXDB_HTTP_BIND_ADDRESS') ?? '')?.[1];
  return {
    host: host ?? '127.0.0.1',
    port: port ?? (written === undefined ? DEFAULT_PORT : Number(written)),
    tls: parameters?.tls === 'true',
  };
}

/** The parameter "rpc" of the URL: a port, or host and port. */
function rpcOf({ parameters }: ServerAddress, host: string, details: ServiceDetails | undefined): string {
  const bound = /:(\d+)$/.exec(details?.environment.get('INFLUXDB_BIND_ADDRESS') ?? '')?.[1];
  const given = parameters?.rpc ?? bound ?? String(DEFAULT_RPC_PORT);
  if (!/^\d+$/.test(given)) return given;
  return `${host.includes(':') ? `[${host}]` : host}:${given}`;
}
