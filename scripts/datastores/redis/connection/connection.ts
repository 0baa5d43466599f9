import { Failure } from '../../../common/failure.ts';
import type { CallOptions, ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import { DEFAULT_PORT } from '../recognize.ts';
import { Client } from './client.ts';
import { findPassword } from './credentials.ts';
import { askFarSide, type FarSide } from './far-side.ts';

/** An open connection, with what was asked when it was made. */
export interface Connection {
  readonly address: ServerAddress;
  readonly client: Client;
  readonly farSide: FarSide;
  /** "Redis", "Valkey" or "KeyDB". */
  readonly product: string;
  readonly version: string;
  /** Process of the server, in its own name space; 0 where it is not told. */
  readonly process: number;
  /** Changes with every start of the server. */
  readonly runId: string;
  /** Part of a cluster: then it holds a share of the keys. */
  readonly isCluster: boolean;
}

/** Finds the programs and the password, logs in and asks what it is. Throws Failure "unreachable", "denied" or "tool-missing". */
export async function openConnection(address: ServerAddress, options: CallOptions): Promise<Connection> {
  const details = address.service === '' ? undefined : await address.engine.inspect(address.service, options);
  if (details?.running === false) throw new Failure('unreachable', { message: `${address.label} is not running` });
  const farSide = await askFarSide(address, options);
  const password = await findPassword(address, details, farSide.commandLine, options);
  const { user, label } = address;
  const client = new Client(address, { cli: farSide.cli, place: placeOf(address, details), user, password, label });
  const info = await client.info(options);
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? '0.0';
  return {
    ...{ address, client, farSide, version },
    product: productOf(farSide, info),
    process: Number(info.get('process_id') ?? 0),
    runId: info.get('run_id') ?? '',
    isCluster: info.get('cluster_enabled') === '1',
  };
}

function productOf({ server = '' }: FarSide, info: ReadonlyMap<string, string>): string {
  if (info.has('valkey_version')) return 'Valkey';
  return server.endsWith('keydb-server') ? 'KeyDB' : 'Redis';
}

/** Inside a container the server is on its own loopback. */
function placeOf({ host, port, parameters }: ServerAddress, details: ServiceDetails | undefined): string[] {
  if (host?.startsWith('/')) return ['-s', host];
  const inside = Number(details?.environment.get('REDIS_PORT_NUMBER') ?? DEFAULT_PORT);
  const place = ['-h', host ?? '127.0.0.1', '-p', String(port ?? (Number.isInteger(inside) ? inside : DEFAULT_PORT))];
  if (parameters?.tls !== 'true') return place;
  const options = { tls_ca: '--cacert', tls_cert: '--cert', tls_key: '--key' };
  const files = Object.entries(options).flatMap(([name, option]) => {
    const file = parameters[name];
    return file === undefined ? [] : [option, file];
  });
  return [...place, '--tls', ...files];
}
