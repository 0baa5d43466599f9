import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Bucket } from '../../storage/s3/bucket.ts';
import { putWhole } from '../../storage/s3/small.ts';
import { putStream } from '../../storage/s3/upload.ts';
import type { StoredSource } from '../datastore.ts';
import { AT_ONCE, SMALL } from './fetch.ts';
import { headersFor } from './object.ts';
import { scanSource } from './scan.ts';

/** Puts every object of a source into a bucket, small ones many at once. Throws Failure. */
export async function putAll(source: StoredSource, bucket: Bucket, signal: AbortSignal): Promise<void> {
  const flights = new Flights(AT_ONCE);
  const patience = bucket.options.times.bytes;
  try {
    await scanSource(source, async (object, content) => {
      const { key, size } = object;
      const own: Bucket = { ...bucket, headers: headersFor(object) };
      if (size > SMALL) await putStream(own, key, Readable.from(content), { signal, expectedBytes: size });
      else {
        const bytes = await buffer(content);
        await flights.add(() => putWhole(own, key, bytes, { signal, small: true, patience }));
      }
    });
  } finally {
    await flights.settled();
  }
  flights.throwIfFailed();
}

/** Work that is on its way, so much of it at most. */
export class Flights {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Begins some work; waits until there is room for it. Throws what work that was begun before has thrown. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    this.throwIfFailed();
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for all of it; throws nothing. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
