import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { OLDER_ARCHIVE } from '../../datastores/secrets/names.ts';
import { type OlderFile, olderArchive } from '../../datastores/secrets/older.ts';
import { SECRETS_PLACE } from '../../sets/bundle/layouts.ts';
import type { BundleFile } from '../../sets/bundle/scan.ts';
import { writeNewFile } from '../../storage/local-files.ts';
import type { Storage } from '../../storage/storage.ts';

/** Brings the env file and the keys of an older tarball into the one archive that secrets are restored from. */
export class OlderSecrets {
  readonly #folder: string;
  /** By their places in the set. */
  readonly #known: ReadonlyMap<string, BundleFile>;
  readonly #taken: OlderFile[] = [];

  /** `folder`: a private one, for as long as it takes. `placeOf`: where a file of the tarball goes. */
  constructor(folder: string, files: readonly BundleFile[], placeOf: (path: string) => string | undefined) {
    this.#folder = join(folder, '.secrets');
    this.#known = new Map(files.map((file) => [placeOf(file.path) ?? '', file]));
  }

  /** Keeps one file, under a name of ours: theirs may be any. An archive has its entries in an order that a tarball has not. */
  async take(place: string, body: Readable): Promise<void> {
    await mkdir(this.#folder, { mode: 0o700, recursive: true });
    const from = join(this.#folder, String(this.#taken.length));
    await writeNewFile(from, body, undefined);
    const { attributes = {}, bytes = 0 } = this.#known.get(place) ?? {};
    this.#taken.push({ path: place.slice(SECRETS_PLACE.length), from, bytes, ...attributes });
  }

  /** Stores the archive of what was taken, and removes the files; without any it does nothing. */
  async store(storage: Storage, set: string): Promise<void> {
    if (this.#taken.length === 0) return;
    const archive = Readable.from(olderArchive(this.#taken), { objectMode: false });
    await storage.put(set, `${SECRETS_PLACE}${OLDER_ARCHIVE}`, archive);
    await rm(this.#folder, { recursive: true });
  }
}
