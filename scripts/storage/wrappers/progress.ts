import type { Readable } from 'node:stream';
import type { Storage } from '../storage.ts';
import { passing } from './passing.ts';

/** Told after each piece: how many bytes of an object went by so far. */
export type OnBytes = (set: string, path: string, bytes: number) => void;

/** A storage that tells of the bytes it is given and gives. */
export function withProgress(storage: Storage, onBytes: OnBytes): Storage {
  const counted = (set: string, path: string, body: Readable): Readable => {
    let bytes = 0;
    return passing(body, async function* (pieces) {
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        bytes += piece.length;
        onBytes(set, path, bytes);
        yield piece;
      }
    });
  };
  return {
    ...storage,
    put: (set, path, body, options) => storage.put(set, path, counted(set, path, body), options),
    get: async (set, path, options) => counted(set, path, await storage.get(set, path, options)),
  };
}
