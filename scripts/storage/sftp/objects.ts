import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import { refuseAborted } from '../interruption.ts';
import type { SftpConnection } from './connection.ts';
import { BrokenConnection, STATUS, statusOf } from './failures.ts';
import { readStream } from './read.ts';
import type { SftpSession } from './session.ts';
import { makeFolders, partOf, statOrNothing, syncFolder, unlessMissing } from './tree.ts';
import { writeNewFile } from './write.ts';

/** Cleaning up after an abort or a failure may take so long, in milliseconds; then the connection is given up. */
const CLEANING_MILLISECONDS = 5000;

/** Where an object is, and what it is called in errors. */
export interface ObjectPlace {
  readonly set: string;
  /** The folder of its set on the server. */
  readonly setFolder: string;
  /** Its path below that. */
  readonly path: string;
  /** "2026-05-07T15-36/postgres/app.dump". */
  readonly name: string;
}

/** Streams an object into an unfinished set; gives its size. Throws Failure "storage" when the path is taken. */
export async function putObject(
  session: SftpSession,
  place: ObjectPlace,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (!(await isFolder(session, place.setFolder))) {
    throw new Failure('storage', { message: `the set "${place.set}" was not reserved` });
  }
  await makeFolders(session, place.setFolder, posix.dirname(place.path));
  return await writeOnce(session, place, body, signal);
}

/** Adds a small object to a published set, on stable storage. */
export async function addObject(
  session: SftpSession,
  place: ObjectPlace,
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folder = posix.join(place.setFolder, posix.dirname(place.path));
  if (!(await isFolder(session, folder))) throw new Failure('not-found', { message: `there is no "${folder}"` });
  await writeOnce(session, place, Readable.from([Buffer.from(body)]), signal);
  await syncFolder(session, folder);
}

/** Removes one object of an unfinished set; twice is once. */
export async function discardObject(session: SftpSession, { setFolder, path }: ObjectPlace): Promise<void> {
  await refuseLinks(session, setFolder, path);
  await unlessMissing(session.ask<void>((sftp, done) => sftp.unlink(posix.join(setFolder, path), done)));
}

/** Opens an object. The session is held until the stream has ended or was destroyed. */
export async function getObject(
  connection: SftpConnection,
  { setFolder, path, name }: ObjectPlace,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const file = posix.join(setFolder, path);
  const { session, release } = await connection.borrow(signal);
  try {
    await refuseLinks(session, setFolder, path);
    const stats = await statOrNothing(session, file);
    if (stats === undefined) throw new Failure('not-found', { message: `there is no "${name}"` });
    if (!stats.isFile()) throw new Failure('storage', { message: `"${file}" is not a regular file` });
    const handle = await session.ask<Buffer>((sftp, done) => sftp.open(file, 'r', done));
    return readStream({ session, handle, bytes: stats.size, name, release }, signal);
  } catch (error) {
    release();
    throw error;
  }
}

/** Links below the root are refused: a set that was copied in from elsewhere must not make us reach outside of it. */
async function refuseLinks(session: SftpSession, setFolder: string, path: string): Promise<void> {
  const parts = path.split('/').slice(0, -1);
  const folders = [setFolder, ...parts.map((_, index) => posix.join(setFolder, ...parts.slice(0, index + 1)))];
  const found = await Promise.all(folders.map((folder) => statOrNothing(session, folder)));
  const link = folders.find((_, index) => found[index]?.isSymbolicLink());
  if (link === undefined) return;
  throw new Failure('storage', { message: `"${link}" is a symbolic link, expected a folder` });
}

async function isFolder(session: SftpSession, path: string): Promise<boolean> {
  const stats = await statOrNothing(session, path);
  if (stats?.isSymbolicLink()) throw new Failure('storage', { message: `"${path}" is a symbolic link` });
  return stats?.isDirectory() === true;
}

/** Writes a part file beside its place, checks it, and gives it its name; nothing of it stays when that fails. */
async function writeOnce(
  session: SftpSession,
  place: ObjectPlace,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  const path = posix.join(place.setFolder, place.path);
  if ((await statOrNothing(session, path)) !== undefined) throw taken(place);
  const part = partOf(path);
  try {
    const bytes = await writeNewFile(session, { path: part, name: place.name }, body, signal);
    refuseAborted(signal);
    await nameOnce(session, part, path, place);
    return bytes;
  } catch (error) {
    await cleanUp(session, part);
    throw error;
  }
}

/**
 * SFTP's own rename must fail when the new name is taken (draft-ietf-secsh-filexfer-02, 6.5); OpenSSH does it by a hard
 * link, so that of two at once one fails. posix-rename would replace: it is for servers that have only that.
 */
async function nameOnce(session: SftpSession, part: string, path: string, place: ObjectPlace): Promise<void> {
  try {
    await rename(session, part, path);
  } catch (error) {
    if (statusOf(error) === STATUS.failure && (await statOrNothing(session, path)) !== undefined) throw taken(place);
    throw error;
  }
}

/** Renames a file or a folder; an existing new name is an error. */
export async function rename(session: SftpSession, from: string, to: string): Promise<void> {
  try {
    await session.ask<void>((sftp, done) => sftp.rename(from, to, done));
  } catch (error) {
    if (statusOf(error) !== STATUS.unsupported || (await statOrNothing(session, to)) !== undefined) throw error;
    await session.ask<void>((sftp, done) => sftp.ext_openssh_rename(from, to, done));
  }
}

function taken({ name }: ObjectPlace): Failure {
  return new Failure('storage', { message: `"${name}" exists` });
}

/** Takes an unfinished file away. When it cannot be, it stays hidden, and goes with its set. */
async function cleanUp(session: SftpSession, part: string): Promise<void> {
  const late = setTimeout(
    () => session.break(new BrokenConnection('the server did not answer while we cleaned up')),
    CLEANING_MILLISECONDS,
  );
  // The first error is the one to tell; this one would only repeat it (a dead connection, a full or read-only disk).
  await session.ask<void>((sftp, done) => sftp.unlink(part, done)).catch(() => undefined);
  clearTimeout(late);
}
