import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../common/failure.ts';
import { STATUS, statusOf } from './failures.ts';
import { InFlight } from './in-flight.ts';
import type { SftpSession } from './session.ts';

/** Only the owner reads what a backup holds (rule 1 of the design). */
const FILE_MODE = 0o600;

/**
 * One request. OpenSSH takes messages of 256 KiB, some of which is not data; where ssh2 does not know the server for
 * that, it cuts requests into the 32 KiB that everybody must take. Large ones halve the work per byte.
 */
const REQUEST_BYTES = 248 * 1024;

/** Bytes under way for one file: what a line of 40 MB/s holds in a tenth of a second. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Bytes that wait to become requests. */
const WAITING_BYTES = 256 * 1024;

/** With less than this free, a write that "failed" failed for want of space. */
const NEARLY_FULL_BYTES = 4 * 1024 * 1024;

/** Where a new file goes, and what it is called in errors: "2026-05-07T15-36/postgres/app.dump". */
export interface NewFile {
  readonly path: string;
  readonly name: string;
}

/**
 * Streams `body` into a new file of the server and asks for it to reach stable storage; gives the size. The file may
 * be there, in part, when this throws.
 */
export async function writeNewFile(
  session: SftpSession,
  file: NewFile,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  const handle = await session.ask<Buffer>((sftp, done) => sftp.open(file.path, 'wx', FILE_MODE, done));
  const close = () => session.ask<void>((sftp, done) => sftp.close(handle, done));
  try {
    const bytes = await fill(session, handle, body, signal);
    await close();
    return bytes;
  } catch (error) {
    const told = await explainRefusal(session, file, error);
    // Not waited for: requests are answered in order, and a handle that cannot be closed is gone with its session.
    close().catch(() => undefined);
    throw told;
  }
}

async function fill(
  session: SftpSession,
  handle: Buffer,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  let bytes = 0;
  const send = (chunk: Buffer): Promise<void> => {
    const position = bytes;
    bytes += chunk.length;
    return session.ask<void>((sftp, done) => sftp.write(handle, chunk, 0, chunk.length, position, done));
  };
  await pipeline(body, sinkOf(send), { ...(signal && { signal }) });
  await session.askIfOffered<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done));
  const { size } = await session.ask<{ size: number }>((sftp, done) => sftp.fstat(handle, done));
  if (size !== bytes) throw new Failure('storage', { message: `the file has ${size} bytes, expected ${bytes}` });
  return bytes;
}

/** Cuts what arrives into requests of equal size and keeps a window of them under way. */
function sinkOf(send: (chunk: Buffer) => Promise<void>): Writable {
  const flight = new InFlight(WINDOW_BYTES);
  const sendAll = async (chunks: readonly Buffer[]): Promise<void> => {
    const joined = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    for (let start = 0; start < joined.length; start += REQUEST_BYTES) {
      await flight.room();
      const piece = joined.subarray(start, start + REQUEST_BYTES);
      flight.add(piece.length, send(piece));
    }
  };
  return new Writable({
    highWaterMark: WAITING_BYTES,
    write: (chunk: Buffer, _encoding, done) => sendAll([chunk]).then(() => done(), done),
    writev: (waiting, done) => sendAll(waiting.map(({ chunk }) => chunk as Buffer)).then(() => done(), done),
    final: (done) => flight.settled().then(() => done(), done),
  });
}

/**
 * SFTP 3 knows no word for a full disk: the server says "failure" (code 4). A handle that was open for writing leaves
 * no other common reason than space, quota, or a broken disk; the free space tells the first from the others.
 */
async function explainRefusal(session: SftpSession, { path, name }: NewFile, error: unknown): Promise<unknown> {
  if (statusOf(error) !== STATUS.failure) return error;
  // Asked before the unfinished file goes: without an answer the advice is wider, that is all.
  const free = await freeBytes(session, path).catch(() => undefined);
  const isFull = free !== undefined && free < NEARLY_FULL_BYTES;
  const reason = isFull ? "the server's disk is full" : "the server's disk is full, or a quota of the account";
  return new Failure('no-space', {
    message: `cannot write "${name}": ${reason}`,
    detail: `${(error as Error).message}${free === undefined ? '' : ` (${free} bytes are free there)`}`,
    hint: 'free some space on the server or raise the quota; when there is room, look at the health of its disk',
    cause: error,
  });
}

/** Bytes that the account may still write, or undefined where the server does not tell (statvfs@openssh.com). */
export async function freeBytes(session: SftpSession, path: string): Promise<number | undefined> {
  const found = await session.askIfOffered<{ f_bavail: number; f_frsize: number }>((sftp, done) =>
    sftp.ext_openssh_statvfs(path, done),
  );
  return found.offered ? Number(found.answer.f_bavail) * Number(found.answer.f_frsize) : undefined;
}
