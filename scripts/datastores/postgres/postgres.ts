import type { Datastore } from '../datastore.ts';
import { manualRestore } from './manual.ts';
import { readSource } from './read.ts';
import { recognizes, sourceOfFile } from './recognize.ts';
import { postgresThrowaway } from './throwaway.ts';

/** PostgreSQL 13 to 18: each database as a dump in custom format, the roles of the cluster as globals.sql. */
export const postgres: Datastore = {
  kind: 'postgres',
  title: 'PostgreSQL',
  recognizes,
  sourceOfFile,
  read: readSource,
  preparesByReading: true,
  throwaway: postgresThrowaway,
  manualRestore,
  connect: async (address, context) => (await import('./server.ts')).connectServer(address, context),
};
