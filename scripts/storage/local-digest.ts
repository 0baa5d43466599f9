import { Worker } from 'node:worker_threads';
import type { FileDigest } from './storage.ts';

/** What the thread says: how far it is, what it found, or the error of the system that ended it. */
export type DigestMessage =
  | { readonly bytes: number }
  | { readonly found: FileDigest }
  | { readonly error: { readonly message: string; readonly code?: string; readonly syscall?: string } };

/** Below this a thread costs more than it saves. */
export const LARGE_BYTES = 8 * 1024 * 1024;

/**
 * Reads a file of this machine to its end in a thread of its own: a loop over one buffer there is twice as quick as a
 * stream, and leaves the other cores to other files. Rejects with the error of the system, or the reason of the abort.
 */
export function digestInThread(
  path: string,
  { signal, onBytes }: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
): Promise<FileDigest> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./local-digest-thread.ts', import.meta.url), { workerData: path });
  return new Promise<FileDigest>((resolve, reject) => {
    const stop = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: DigestMessage) => {
      if ('bytes' in message) onBytes?.(message.bytes);
      else if ('found' in message) resolve(message.found);
      else reject(Object.assign(new Error(message.error.message), message.error));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the thread that read "${path}" ended with code ${code}`)));
  }).finally(() => worker.terminate());
}
