import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../common/failure.ts';

/** What the manifest says of a file. */
export interface ExpectedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Passes a file on and ends only when its size and sha256 are as the manifest says; otherwise it breaks with Failure
 * "damaged". A set that was verified is checked again while it is restored: bytes may rot or change in between.
 */
export function checkedStream(file: ExpectedFile, source: Readable): Readable {
  const hash = createHash('sha256');
  let bytes = 0;
  const checking = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      const problem = differenceOf(file, { bytes, sha256: hash.digest('hex') });
      done(problem === undefined ? null : new Failure('damaged', { message: problem, step: 'check' }));
    },
  });
  // The error of either end arrives at whoever reads the stream.
  pipeline(source, checking).catch(() => undefined);
  return checking;
}

/**
 * Passes a decrypted file on and ends only when it has as many bytes as the manifest says: a restore announces that size
 * before the first byte. Breaks with Failure "damaged" otherwise.
 */
export function sizedStream(file: { path: string; plainBytes?: number }, plain: Readable): Readable {
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      const message = `"${file.path}" has ${bytes} bytes when decrypted, expected ${file.plainBytes ?? 'a size in the manifest'}`;
      done(bytes === file.plainBytes ? null : new Failure('damaged', { message, step: 'check' }));
    },
  });
  // The error of either end arrives at whoever reads the stream.
  pipeline(plain, counting).catch(() => undefined);
  return counting;
}

/** What a file is instead of what the manifest says, or undefined. */
export function differenceOf(file: ExpectedFile, found: { bytes: number; sha256?: string }): string | undefined {
  if (found.bytes !== file.bytes) return `"${file.path}" has ${found.bytes} bytes, expected ${file.bytes}`;
  if (found.sha256 === undefined || found.sha256 === file.sha256) return undefined;
  return `"${file.path}" is not as it was written: found sha256 ${found.sha256}, expected ${file.sha256}`;
}
