import { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import { sftpFailure, statusOf } from './failures.ts';
import type { SftpSession } from './session.ts';

/** One request; a server may answer with less, and 32 KiB it must be able to. See write.ts. */
const REQUEST_BYTES = 248 * 1024;

/** Requests under way for one file: about 4 MB. */
const WINDOW_REQUESTS = 16;

/** SFTP's status for a read behind the end. */
const END_OF_FILE = 1;

/** A file that was opened for reading. */
export interface OpenFile {
  readonly session: SftpSession;
  readonly handle: Buffer;
  readonly bytes: number;
  /** What it is called in errors. */
  readonly name: string;
  /** Called once, when nothing more is asked of the session. */
  readonly release: () => void;
}

/**
 * The bytes of an open file, with many requests under way. Exactly as many as the file had when it was opened: one that
 * became shorter is "broken-stream". Its errors are Failures. Closes the handle in every case.
 */
export function readStream(file: OpenFile, signal: AbortSignal | undefined): Readable {
  const next = readAhead(file);
  return new Readable({
    highWaterMark: REQUEST_BYTES,
    ...(signal && { signal }),
    read() {
      const piece = next();
      if (piece === undefined) this.push(null);
      else
        piece.then(
          (bytes) => this.push(bytes),
          (error: Error) => this.destroy(error),
        );
    },
    destroy(error, done) {
      const told = error === null ? null : sftpFailure(error, `cannot read "${file.name}"`);
      // Not waited for: a server that has fallen silent must not hold up who stops reading.
      closeFile(file);
      done(told);
    },
  });
}

/** Gives one piece after the other, and keeps the window of requests full. */
function readAhead(file: OpenFile): () => Promise<Buffer> | undefined {
  const pieces: Promise<Buffer>[] = [];
  let position = 0;
  return () => {
    while (pieces.length < WINDOW_REQUESTS && position < file.bytes) {
      const piece = readPiece(file, position, Math.min(REQUEST_BYTES, file.bytes - position));
      // Told when its turn comes; a reader that stopped before does not want to know.
      piece.catch(() => undefined);
      pieces.push(piece);
      position += REQUEST_BYTES;
    }
    return pieces.shift();
  };
}

/** A server may answer with less than was asked for. */
async function readPiece(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const request = file.session.ask<number>((sftp, done) =>
      sftp.read(file.handle, piece, filled, length - filled, position + filled, done),
    );
    const read = await request.catch((error: unknown) => {
      if (statusOf(error) === END_OF_FILE) return 0;
      throw error;
    });
    if (read === 0) throw shrunk(file, position + filled);
    filled += read;
  }
  return piece;
}

function shrunk({ name, bytes }: OpenFile, found: number): Failure {
  return new Failure('broken-stream', { message: `"${name}" ended after ${found} bytes, expected ${bytes}` });
}

/** Every byte has arrived, or the reader no longer wants them: a handle that cannot be closed dies with its session. */
function closeFile({ session, handle, release }: OpenFile): void {
  session.ask<void>((sftp, done) => sftp.close(handle, done)).then(release, release);
}
