import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, statfs } from 'node:fs/promises';
import type { Entry } from '../archive/entry.ts';
import { type ReadFile, readSmall } from './file.ts';
import { isOwn } from './names.ts';

/** An entry of a folder of this machine. */
export interface Found extends Entry {
  /** Absolute. */
  readonly from: Buffer;
  /** Of a small file, when it was asked for. */
  readonly read?: ReadFile;
}

/** How a folder is walked. Every path it tells is relative to the folder, a byte string. */
export interface WalkOptions {
  readonly signal: AbortSignal;
  /** True for what is left out, with everything in it. */
  readonly isExcluded?: (path: string) => boolean;
  /** Files up to so many bytes are read on the way, several at a time. */
  readonly readUpTo?: number;
  readonly onExcluded?: (path: string) => void;
  /** It was there a moment ago. */
  readonly onVanished?: (path: string) => void;
  /** A socket, a device, a pipe, or the face of a kernel: `what` says. */
  readonly onSkipped?: (path: string, what: string) => void;
}

/** So many names are looked at together: an answer of the system costs more than its work. */
const TOGETHER = 32;

/**
 * Everything in a folder, itself first, in the order of {@link comparePaths}; or a file alone. Links are never followed;
 * other file systems are entered, those that kernels make up (/proc) are not. Throws the errno error of what cannot be
 * read; what vanished is told and left out.
 */
export async function* walk(root: Buffer, options: WalkOptions): AsyncGenerator<Found, void> {
  yield* new Walk(root, options).run();
}

class Walk {
  readonly #root: Buffer;
  readonly #options: WalkOptions;
  /** First paths of files with several names, by device and number. */
  readonly #names = new Map<string, string>();

  constructor(root: Buffer, options: WalkOptions) {
    this.#root = root;
    this.#options = options;
  }

  async *run(): AsyncGenerator<Found, void> {
    const stats = await lstat(this.#root);
    const top = await this.#look('', stats);
    if (top === undefined) return;
    yield top;
    if (top.type === 'folder') yield* this.#inside('', stats.dev);
  }

  async *#inside(folder: string, device: number): AsyncGenerator<Found, void> {
    const names = await this.#namesIn(folder);
    for (let at = 0; at < names.length; at += TOGETHER) {
      this.#options.signal.throwIfAborted();
      const together = names.slice(at, at + TOGETHER).map((name) => (folder === '' ? name : `${folder}/${name}`));
      const seen = await Promise.all(together.map((path) => this.#see(path)));
      for (const one of seen) {
        if (one === undefined) continue;
        const found = this.#named(one.found, one.stats);
        if (found.type === 'folder' && one.stats.dev !== device && (await this.#isMadeUp(found))) continue;
        yield found;
        if (found.type === 'folder') yield* this.#inside(found.path, one.stats.dev);
      }
    }
  }

  async #namesIn(folder: string): Promise<string[]> {
    try {
      const names = await readdir(this.#at(folder), { encoding: 'buffer' });
      return names.map((name) => name.toString('latin1')).sort(byBytes);
    } catch (error) {
      if (!isGone(error) || folder === '') throw error;
      this.#options.onVanished?.(folder);
      return [];
    }
  }

  async #see(path: string): Promise<{ found: Found; stats: Stats } | undefined> {
    const { isExcluded, onExcluded, onVanished } = this.#options;
    if (isOwn(path)) return undefined;
    if (isExcluded?.(path)) {
      onExcluded?.(path);
      return undefined;
    }
    try {
      const stats = await lstat(this.#at(path));
      const found = await this.#look(path, stats);
      return found && { found, stats };
    } catch (error) {
      if (!isGone(error)) throw error;
      onVanished?.(path);
      return undefined;
    }
  }

  async #look(path: string, stats: Stats): Promise<Found | undefined> {
    const from = this.#at(path);
    if (stats.isFile()) {
      // A file with several names may turn out to be one more name of another.
      if (stats.size > (this.#options.readUpTo ?? -1) || stats.nlink > 1) return entry(path, from, stats, 'file');
      const read = readSmall(from);
      return { ...entry(path, from, read.stats, 'file'), size: read.content.length, read };
    }
    if (stats.isDirectory()) return entry(path, from, stats, 'folder');
    if (stats.isSymbolicLink()) {
      const target = (await readlink(from, { encoding: 'buffer' })).toString('latin1');
      return { ...entry(path, from, stats, 'link'), target };
    }
    this.#options.onSkipped?.(path, kindOf(stats));
    return undefined;
  }

  #named(found: Found, stats: Stats): Found {
    if (found.type !== 'file' || stats.nlink < 2) return found;
    const key = `${stats.dev}:${stats.ino}`;
    const first = this.#names.get(key);
    if (first === undefined) this.#names.set(key, found.path);
    return first === undefined ? found : { ...found, type: 'hard', size: 0, target: first };
  }

  async #isMadeUp({ path, from }: Found): Promise<boolean> {
    const { type } = await statfs(from);
    if (!MADE_UP.has(type)) return false;
    this.#options.onSkipped?.(path, 'a file system that the kernel makes up');
    return true;
  }

  #at(path: string): Buffer {
    return path === '' ? this.#root : Buffer.concat([this.#root, Buffer.from(`/${path}`, 'latin1')]);
  }
}

/** Numbers of file systems that hold no files of anybody (Linux, statfs(2)): proc, sysfs, both cgroups, devpts, debugfs, tracefs, securityfs. */
const MADE_UP = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x64626720, 0x74726163, 0x73636673]);

function entry(path: string, from: Buffer, stats: Stats, type: Found['type']): Found {
  const { uid, gid, mtimeMs } = stats;
  const size = type === 'file' ? stats.size : 0;
  return { path, from, type, mode: stats.mode & 0o7777, uid, gid, mtime: Math.floor(mtimeMs / 1000), size, target: '' };
}

function kindOf(stats: Stats): string {
  if (stats.isSocket()) return 'a socket';
  return stats.isFIFO() ? 'a pipe' : 'a device';
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** True for the error of something that went away, or became something else, since it was listed. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
