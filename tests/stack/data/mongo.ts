/** Opens a connection to the stack's mongo server. */
import { MongoClient } from 'mongodb';
import type { Server } from '../containers.ts';

/** A connected client; whoever opens it closes it. */
export function openMongo(server: Server): Promise<MongoClient> {
  return MongoClient.connect(server.url, { serverSelectionTimeoutMS: 10_000, ignoreUndefined: true });
}
