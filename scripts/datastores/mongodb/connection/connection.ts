import type { Document, MongoClient } from 'mongodb';
import { Failure } from '../../../common/failure.ts';
import type { Secret } from '../../../common/secret.ts';
import type { CallOptions } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import { openClient } from './client.ts';
import { findCredentials } from './credentials.ts';
import { asked, serverCode } from './errors.ts';
import { askFarSide } from './tools.ts';
import { openTransport, type Transport } from './transport.ts';
import { connectionParameters, toolConfig } from './uri.ts';

/** What a server is part of; "sharded" when we talk to a mongos. */
export type Topology = 'standalone' | 'replica set' | 'sharded';

/** An open connection, with everything that was asked when it was made. */
export interface Connection {
  readonly address: ServerAddress;
  readonly client: MongoClient;
  /** For `--config` of the tools. */
  readonly toolConfig: Secret;
  readonly tools: Readonly<Record<string, string>>;
  readonly version: string;
  /** "7.0"; undefined where the server does not tell us. */
  readonly featureVersion: string | undefined;
  readonly topology: Topology;
  /** False on a secondary: it can be dumped but not restored. */
  readonly writable: boolean;
  close(): Promise<void>;
}

/**
 * Opens the way to the server, logs in and asks what it is. Throws Failure "unreachable", "denied", "tool-missing",
 * "version" or "settings"; nothing stays open then.
 */
export async function openConnection(address: ServerAddress, options: CallOptions): Promise<Connection> {
  const details = address.service === '' ? undefined : await address.engine.inspect(address.service, options);
  if (details?.running === false) throw new Failure('unreachable', { message: `${address.label} is not running` });
  const [credentials, { tools, hasBash }] = await Promise.all([
    findCredentials(address, details, options),
    askFarSide(address, options),
  ]);
  const parameters = connectionParameters(address, credentials);
  const transport = await openTransport(address, details, hasBash);
  try {
    const client = await openClient(address, transport, credentials, parameters);
    const facts = await asked(address.label, () => askServer(client)).catch(closing(client));
    const config = toolConfig(transport.toolPlace, credentials, parameters);
    return { address, client, tools, toolConfig: config, ...facts, close: () => closeAll(client, transport) };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function closing(client: MongoClient): (error: unknown) => Promise<never> {
  return async (error) => {
    await client.close();
    throw error;
  };
}

async function closeAll(client: MongoClient, transport: Transport): Promise<void> {
  try {
    await client.close();
  } finally {
    await transport.close();
  }
}

type Facts = Pick<Connection, 'version' | 'featureVersion' | 'topology' | 'writable'>;

async function askServer(client: MongoClient): Promise<Facts> {
  const admin = client.db('admin');
  const hello = await admin.command({ hello: 1 });
  const { version } = await admin.command({ buildInfo: 1 });
  return {
    version: String(version),
    featureVersion: await askFeatureVersion(client),
    topology: topologyOf(hello),
    writable: hello.isWritablePrimary !== false,
  };
}

function topologyOf(hello: Document): Topology {
  if (hello.msg === 'isdbgrid') return 'sharded';
  return hello.setName === undefined ? 'standalone' : 'replica set';
}

/** Users without a right on the cluster may not ask; mongos does not know it. Both are no reason to fail. */
async function askFeatureVersion(client: MongoClient): Promise<string | undefined> {
  try {
    const answer = await client.db('admin').command({ getParameter: 1, featureCompatibilityVersion: 1 });
    return answer.featureCompatibilityVersion?.version;
  } catch (error) {
    if (serverCode(error) !== undefined) return undefined;
    throw error;
  }
}
