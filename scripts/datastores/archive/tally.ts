import { createHash } from 'node:crypto';
import type { Fingerprint } from '../../common/kinds.ts';
import type { Entry } from './entry.ts';

/** How many of each there are. */
export interface Totals {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Bytes of content. */
  readonly bytes: number;
}

/** What the fingerprint calls the folder itself, and the sum over everything. */
export const TOP = '.';

/** Counts and sums a tree that goes by in its order; memory grows with the number of folders at the top alone. */
export class Tally {
  readonly #hash = createHash('sha256');
  readonly #counts = new Map<string, number>([[TOP, 0]]);
  #files = 0;
  #folders = 0;
  #links = 0;
  #bytes = 0;

  /** `content`: the sha256 of a file's content in hex; not looked at for anything else. */
  add({ path, type, mode, size, target }: Entry, content: string): void {
    // A symbolic link has no mode of its own on most systems.
    const facts = [path, type, type === 'link' ? '' : mode.toString(8), size, type === 'file' ? content : target];
    this.#hash.update(`${facts.join('\0')}\n`, 'latin1');
    this.#bytes += size;
    const top = path.includes('/') ? path.slice(0, path.indexOf('/')) : type === 'folder' && path !== '' ? path : TOP;
    this.#counts.set(top, (this.#counts.get(top) ?? 0) + (type === 'folder' ? 0 : 1));
    if (type === 'folder') this.#folders += 1;
    else if (type === 'file') this.#files += 1;
    else this.#links += 1;
  }

  totals(): Totals {
    return { files: this.#files, folders: this.#folders, links: this.#links, bytes: this.#bytes };
  }

  /**
   * Counts: files and links by the folder at the top. Sums: one sha256 over path, type, mode, size and sha256 (or target)
   * of every entry, divided by zero bytes, one a line, in the order of the archive.
   */
  fingerprint(): Fingerprint {
    const counts = [...this.#counts].map(([name, count]) => [Buffer.from(name, 'latin1').toString('utf8'), count]);
    return { counts: Object.fromEntries(counts), sums: { [TOP]: this.#hash.copy().digest('hex') } };
  }
}
