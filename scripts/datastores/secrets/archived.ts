import { createHash, type Hash } from 'node:crypto';
import type { Entry } from '../archive/entry.ts';
import { scanArchive, type Visitor } from '../archive/scan.ts';
import type { ArtifactReader } from '../datastore.ts';
import type { EnvContent } from './env.ts';
import { Kept } from './look.ts';

/** An entry of the archive, and what is needed to compare it. */
export interface Archived extends Entry {
  /** The sha256 of a file, the goal of a link; else empty. */
  readonly content: string;
  readonly env: EnvContent | undefined;
}

/** Reads the archive to its end; only what may be an env file is held in memory. Throws Failure "damaged". */
export async function readArchived(archive: ArtifactReader): Promise<Archived[]> {
  const collector = new Collector();
  await scanArchive(await archive.open(), collector);
  return collector.entries;
}

class Collector implements Visitor {
  readonly entries: Archived[] = [];
  #hash: Hash = createHash('sha256');
  #kept = new Kept(0);

  async begin({ size }: Entry): Promise<void> {
    this.#hash = createHash('sha256');
    this.#kept = new Kept(size);
  }

  async piece(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    this.#kept.add(bytes);
  }

  async end(entry: Entry): Promise<void> {
    if (entry.type === 'file') {
      this.entries.push({ ...entry, content: this.#hash.digest('hex'), env: this.#kept.env() });
      return;
    }
    const first = this.entries.find(({ path }) => entry.type === 'hard' && path === entry.target);
    const content = entry.type === 'link' ? entry.target : (first?.content ?? '');
    this.entries.push({ ...entry, mode: first?.mode ?? entry.mode, content, env: first?.env });
  }

  async leave(): Promise<void> {}
}
