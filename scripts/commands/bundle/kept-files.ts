import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BundleFile } from '../../sets/bundle/scan.ts';
import { writeNewFile } from '../../storage/local-files.ts';

/** A file of an older tarball on its way into an archive. */
export interface KeptFile extends Partial<NonNullable<BundleFile['attributes']>> {
  /** Below the folder that was asked for. */
  readonly path: string;
  /** Where it lies for now. */
  readonly from: string;
  readonly bytes: number;
}

/** Files that go into an archive: it has its entries in an order that a tarball has not. */
export class KeptFiles {
  readonly #folder: string;
  /** By their places in the set. */
  readonly #known: ReadonlyMap<string, BundleFile>;
  readonly #taken: KeptFile[] = [];

  /** `folder`: a private one, for as long as it takes. `placeOf`: where a file of the tarball goes. */
  constructor(folder: string, files: readonly BundleFile[], placeOf: (path: string) => string | undefined) {
    this.#folder = join(folder, '.kept');
    this.#known = new Map(files.map((file) => [placeOf(file.path) ?? '', file]));
  }

  /** Keeps one file, under a name of ours: theirs may be any. */
  async take(place: string, body: Readable): Promise<void> {
    await mkdir(this.#folder, { mode: 0o700, recursive: true });
    const from = join(this.#folder, String(this.#taken.length));
    await writeNewFile(from, body, undefined);
    const { attributes = {}, bytes = 0 } = this.#known.get(place) ?? {};
    this.#taken.push({ path: place, from, bytes, ...attributes });
  }

  /** What was taken for a folder of the set: "secrets/". */
  below(folder: string): KeptFile[] {
    const taken = this.#taken.filter(({ path }) => path.startsWith(folder));
    return taken.map((file) => ({ ...file, path: file.path.slice(folder.length) }));
  }

  /** Removes them; none is fine. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
