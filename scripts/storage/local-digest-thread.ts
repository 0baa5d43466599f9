/** The thread of local-digest.ts: sha256 of one regular file, read in a loop over one buffer. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { DigestMessage } from './local-digest.ts';
import { CHUNK_BYTES, READ_FLAGS } from './local-read.ts';

/** How often it says how far it is. */
const TELL_EVERY_BYTES = 32 * 1024 * 1024;

const say = (message: DigestMessage): void => parentPort?.postMessage(message);

function digest(path: string): void {
  const descriptor = openSync(path, READ_FLAGS);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error(`"${path}" is not a regular file`);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const hash = createHash('sha256');
    let bytes = 0;
    let told = 0;
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      hash.update(read === buffer.length ? buffer : buffer.subarray(0, read));
      bytes += read;
      if (bytes - told < TELL_EVERY_BYTES) continue;
      told = bytes;
      say({ bytes });
    }
    say({ found: { bytes, sha256: hash.digest('hex') } });
  } finally {
    closeSync(descriptor);
  }
}

try {
  digest(String(workerData));
} catch (error) {
  const { message, code, syscall } = error as NodeJS.ErrnoException;
  say({ error: { message, ...(code !== undefined && { code }), ...(syscall !== undefined && { syscall }) } });
}
