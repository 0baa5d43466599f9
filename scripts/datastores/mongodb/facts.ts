import type { Fingerprint } from '../../common/kinds.ts';
import type { ArchiveCollection, ArchiveContent } from './archive/reader.ts';
import type { Connection } from './connection/connection.ts';
import type { UsersFile } from './users.ts';

/** What is recorded of a dump beside its fingerprint; the keys of `details` in the manifest. */
export interface MongoDetails {
  readonly serverVersion: string;
  readonly featureVersion: string | undefined;
  readonly topology: string;
  readonly toolVersion: string;
  /** Bytes of the archive before it was compressed, and of the documents in it. */
  readonly archiveBytes: number;
  readonly documentBytes: number;
  /** Names of the views and of the time series. Time series are counted by their buckets, "system.buckets.<name>". */
  readonly views: readonly string[];
  readonly timeSeries: readonly string[];
  /** Options of collections that have some: capped, validator, collation, ... */
  readonly options: Readonly<Record<string, unknown>>;
  readonly users: number;
  readonly roles: number;
}

/**
 * Counts and index names by collection, as they are in the archive. Views hold nothing and are left out. The data of a
 * time series are counted under the name of its buckets, since that is what the archive has; its indexes under its own.
 */
export function fingerprintOf(content: ArchiveContent): Fingerprint & Required<Pick<Fingerprint, 'indexes'>> {
  const stored = inOrder(content).filter(({ type }) => type !== 'view');
  return {
    counts: Object.fromEntries(stored.map(({ dataCollection, documents }) => [dataCollection, documents])),
    indexes: Object.fromEntries(stored.map(({ collection, indexes }) => [collection, indexes])),
  };
}

/** The facts for `details`. */
export function dumpDetails(
  connection: Connection,
  content: ArchiveContent,
  users: UsersFile,
): Record<string, unknown> {
  const collections = inOrder(content);
  const details: MongoDetails = {
    serverVersion: connection.version,
    featureVersion: connection.featureVersion,
    topology: connection.topology,
    toolVersion: content.head.toolVersion,
    archiveBytes: content.bytes,
    documentBytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
    views: namesOf(collections, 'view'),
    timeSeries: namesOf(collections, 'timeseries'),
    options: Object.fromEntries(
      collections.filter(({ options }) => Object.keys(options).length > 0).map((one) => [one.collection, one.options]),
    ),
    users: users.users.length,
    roles: users.roles.length,
  };
  return { ...details };
}

/** What will hurt later. */
export function dumpWarnings(connection: Connection): string[] {
  const warnings: string[] = [];
  if (connection.topology === 'replica set') {
    warnings.push('writes during the dump are partly in it: mongodump takes the oplog along only for whole servers');
  }
  if (connection.topology === 'sharded') {
    warnings.push('writes during the dump are partly in it, across shards as well: stop the writers for a clean one');
  }
  return warnings;
}

function namesOf(collections: readonly ArchiveCollection[], type: ArchiveCollection['type']): string[] {
  return collections.filter((collection) => collection.type === type).map(({ collection }) => collection);
}

/** The order of an archive changes from run to run; a manifest should not. */
function inOrder(content: ArchiveContent): ArchiveCollection[] {
  return [...content.collections].sort((a, b) => (a.collection < b.collection ? -1 : 1));
}
