import { createHash } from 'node:crypto';
import type { Fingerprint } from '../../common/kinds.ts';
import { folderOf, TOP } from './keys.ts';

/** What is counted of an object. */
export interface CountedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, hex. */
  readonly sha256: string;
}

/** So many folders are counted by name. A bucket may have one for every user; a manifest is no place for a million. */
const MOST_FOLDERS = 1000;

/** What objects of further folders are counted under. */
const OTHERS = '*';

/** Counts and sums the objects of a bucket that go by in the order of their keys. */
export class Tally {
  readonly #hash = createHash('sha256');
  readonly #folders = new Map<string, { objects: number; bytes: number }>();
  objects = 0;
  bytes = 0;

  add({ key, size, sha256 }: CountedObject): void {
    this.#hash.update(`${JSON.stringify(key)} ${size} ${sha256}\n`);
    this.objects += 1;
    this.bytes += size;
    const folder = this.#folderOf(key);
    folder.objects += 1;
    folder.bytes += size;
  }

  #folderOf(key: string): { objects: number; bytes: number } {
    const own = folderOf(key);
    const name = this.#folders.has(own) || this.#folders.size < MOST_FOLDERS ? own : OTHERS;
    const found = this.#folders.get(name) ?? { objects: 0, bytes: 0 };
    this.#folders.set(name, found);
    return found;
  }

  /**
   * Counts: objects by the first part of their key. Sums: one sha256 over key (as JSON), size and sha256 of every object,
   * divided by blanks, one a line, in the order of the keys' UTF-8 bytes.
   */
  fingerprint(): Fingerprint {
    const counts = [...this.#folders].map(([name, { objects }]) => [name, objects]);
    return { counts: Object.fromEntries(counts), sums: { [TOP]: this.#hash.copy().digest('hex') } };
  }

  /** Bytes by the first part of the keys. */
  bytesByFolder(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#folders].map(([name, { bytes }]) => [name, bytes]));
  }
}
