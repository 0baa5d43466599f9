import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { safeObjectPath, safeSetName } from '../safe-path.ts';
import { type Storage, type StorageOptions, UNFINISHED_SUFFIX } from '../storage.ts';
import type { SftpConnection } from './connection.ts';
import { sftpFailure } from './failures.ts';
import { addObject, discardObject, getObject, type ObjectPlace, putObject } from './objects.ts';
import type { SftpSession } from './session.ts';
import { listEntries, listObjects, publishSet, removeSet, reserveSet, spaceFor, sweepRemovals } from './sets.ts';

/** What a storage over SFTP is made of. */
export interface SftpStorageFacts {
  readonly name: string;
  readonly location: string;
  /** The folder on the server that holds the sets; relative to where the login lands. */
  readonly folder: string;
}

interface WhichSet {
  readonly unfinished?: boolean;
}

const UNFINISHED: WhichSet = { unfinished: true };

/**
 * Sets in a folder of an SSH server, laid out as the local storage does: `<set>.partial` while it is written, renamed
 * when it is whole. Names are checked here, before anything is asked of the server.
 */
export function sftpStorage({ name, location, folder }: SftpStorageFacts, connection: SftpConnection): Storage {
  const root = posix.normalize(folder);
  const ask = <Result>(
    what: string,
    options: StorageOptions | undefined,
    work: (session: SftpSession) => Promise<Result>,
  ) => told(what, () => connection.use(work, options?.signal));
  return {
    name,
    location,
    reserve: (set, options) =>
      ask(`cannot reserve the set "${set}"`, options, (session) => reserveSet(session, root, safeSetName(set))),
    put: (set, path, body, options) =>
      told(`cannot write "${set}/${path}"`, () => put(connection, () => locate(root, set, path), body, options)),
    publish: (set, options) =>
      ask(`cannot publish the set "${set}"`, options, (session) => publishSet(session, root, safeSetName(set))),
    discard: (set, path, options) =>
      ask(`cannot remove "${set}/${path}"`, options, (session) => discardObject(session, locate(root, set, path))),
    add: (set, path, body, { signal } = {}) =>
      told(`cannot add "${set}/${path}"`, async () => {
        const place = locate(root, set, path, {});
        await connection.useToTheEnd((session) => addObject(session, place, body, signal), signal);
      }),
    get: (set, path, options = {}) =>
      told(`cannot read "${set}/${path}"`, async () =>
        getObject(connection, locate(root, set, path, options), options.signal),
      ),
    objects: (set, options = {}) =>
      ask(`cannot list the set "${set}"`, options, (session) =>
        listObjects(session, posix.join(root, folderName(set, options)), set),
      ),
    entries: (options) => ask(`cannot list "${location}"`, options, (session) => listEntries(session, root)),
    remove: (set, options = {}) =>
      ask(`cannot remove the set "${set}"`, options, (session) => removeSet(session, root, folderName(set, options))),
    sweep: (options) => ask(`cannot clean up in "${location}"`, options, (session) => sweepRemovals(session, root)),
    freeBytes: () =>
      ask(`cannot ask for the free space of "${location}"`, undefined, (session) => spaceFor(session, root)),
  };
}

/** Every error of a call leaves as a Failure that says what could not be done. */
async function told<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw sftpFailure(error, what);
  }
}

function folderName(set: string, { unfinished }: WhichSet): string {
  return unfinished === true ? `${safeSetName(set)}${UNFINISHED_SUFFIX}` : safeSetName(set);
}

/** Where an object of a set is; of an unfinished one unless told otherwise. */
function locate(root: string, set: string, path: string, which = UNFINISHED): ObjectPlace {
  const setFolder = posix.join(root, folderName(set, which));
  return { set, setFolder, path: safeObjectPath(path), name: `${set}/${path}` };
}

async function put(
  connection: SftpConnection,
  locateIt: () => ObjectPlace,
  body: Readable,
  options: StorageOptions | undefined,
): Promise<{ bytes: number }> {
  // A body that breaks before it is being read tells so once more when it is; without a listener it would end the process.
  body.once('error', () => undefined);
  try {
    const place = locateIt();
    const work = (session: SftpSession) => putObject(session, place, body, options?.signal);
    return { bytes: await connection.useToTheEnd(work, options?.signal) };
  } catch (error) {
    body.destroy();
    throw error;
  }
}
