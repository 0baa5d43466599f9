import type { MongoClient } from 'mongodb';
import { Failure } from '../../../common/failure.ts';
import type { ServerAddress } from '../../datastore.ts';
import type { Credentials } from './credentials.ts';
import { driverFailure } from './errors.ts';
import type { Transport } from './transport.ts';
import { query } from './uri.ts';

/** By this name our own connections are known among the server's sessions. */
export const APP_NAME = 'holdfast';

/** Milliseconds until a server counts as not answering. */
const PATIENCE = 15_000;

/**
 * Connects the official driver and logs in. Few connections, since each may be a process in a container: one for
 * questions, one for the driver's own watch, which is told to look rarely. Throws a Failure of `driverFailure`.
 */
export async function openClient(
  address: ServerAddress,
  transport: Transport,
  credentials: Credentials | undefined,
  parameters: Readonly<Record<string, string>>,
): Promise<MongoClient> {
  const { MongoClient: Client } = await import('mongodb');
  try {
    const client = new Client(`mongodb://${transport.driverPlace}/?${query(parameters)}`, {
      appName: APP_NAME,
      maxPoolSize: 2,
      serverMonitoringMode: 'poll',
      heartbeatFrequencyMS: 60_000,
      serverSelectionTimeoutMS: PATIENCE,
      connectTimeoutMS: PATIENCE,
      ...(credentials && { auth: { username: credentials.user, password: credentials.password.reveal() } }),
    });
    try {
      return await client.connect();
    } catch (error) {
      await client.close();
      throw error;
    }
  } catch (error) {
    throw withLastWords(driverFailure(error, address.label), transport.lastWords());
  }
}

/** The driver only knows that the socket closed; why it did is told by the program behind the socket. */
function withLastWords(failure: Failure, words: string): Failure {
  if (failure.code !== 'unreachable' || words === '') return failure;
  return new Failure(failure.code, { message: failure.message, detail: `${failure.detail}\n${words}`, cause: failure });
}
