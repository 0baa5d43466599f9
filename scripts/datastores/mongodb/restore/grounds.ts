import type { Document } from 'mongodb';
import type { Connection } from '../connection/connection.ts';
import { serverCode } from '../connection/errors.ts';
import type { ListedCollection } from '../generations/contents.ts';
import { type Expectations, namesIn, timeSeriesIn } from './expected.ts';
import type { Grounds } from './way.ts';

/** Asks the server what decides about a swap. Changes nothing. Throws the driver's errors. */
export async function groundsOf(
  connection: Connection,
  { target, stamp }: Pick<Grounds, 'target' | 'stamp'>,
  live: readonly ListedCollection[],
  { expected, definitions, documentBytes }: Expectations,
): Promise<Grounds> {
  const build = await connection.client.db('admin').command({ buildInfo: 1 });
  return {
    target,
    stamp,
    label: connection.address.label,
    isSharded: connection.topology === 'sharded',
    isFerret: build.ferretdb !== undefined,
    version: connection.featureVersion ?? connection.version,
    mayRename: await mayRename(connection, target),
    live,
    names: namesIn(expected),
    timeSeries: timeSeriesIn(expected),
    unknownViews: Object.keys(definitions).filter((name) => !isDefinition(definitions[name])),
    needed: documentBytes,
    free: await freeBytes(connection, target),
  };
}

function isDefinition(options: unknown): boolean {
  return typeof (options as Document | undefined)?.viewOn === 'string';
}

/** Undefined where nobody has to log in, or the server does not tell what a login may. */
async function mayRename({ client }: Connection, target: string): Promise<boolean | undefined> {
  const { authInfo } = await client.db('admin').command({ connectionStatus: 1, showPrivileges: true });
  const privileges = authInfo?.authenticatedUserPrivileges;
  if (!Array.isArray(privileges) || privileges.length === 0) return undefined;
  return (privileges as Document[]).some(
    ({ resource, actions }) => covers(resource, target) && [actions].flat().some((one) => RENAMES.has(one)),
  );
}

const RENAMES: ReadonlySet<unknown> = new Set(['renameCollectionSameDB', 'anyAction']);

/** An empty name stands for every one. */
function covers(resource: Document | undefined, database: string): boolean {
  if (resource?.anyResource === true) return true;
  return resource?.collection === '' && (resource.db === '' || resource.db === database);
}

/** Free bytes of the file system with the data; undefined where the server does not tell. */
async function freeBytes({ client }: Connection, target: string): Promise<number | undefined> {
  try {
    const { fsTotalSize, fsUsedSize } = await client.db(target).stats();
    return fsTotalSize > 0 && fsUsedSize >= 0 ? fsTotalSize - fsUsedSize : undefined;
  } catch (error) {
    if (serverCode(error) === undefined) throw error;
    return undefined;
  }
}
