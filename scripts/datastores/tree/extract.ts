import { chmod, type FileHandle, lchown, link, lstat, lutimes, mkdir, open, symlink, utimes } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { damaged, type Entry, readable } from '../archive/entry.ts';
import { scanArchive, type Visitor } from '../archive/scan.ts';
import type { Tally } from '../archive/tally.ts';
import { NEW, writeSmall } from './file.ts';
import { SMALL } from './fingerprint.ts';

/**
 * Writes what an archive holds to a path at which there must be nothing; its folder must be there. A folder is closed to
 * others until everything in it is written. Nothing is written through a link: every parent is a folder that was made
 * here. `withOwner`: owners are set, which only root may do. Throws Failure "damaged", and the errno error of the system.
 */
export async function extractArchive(compressed: Readable, to: Buffer, withOwner: boolean): Promise<Tally> {
  const extraction = new Extraction(to, withOwner);
  try {
    return await scanArchive(compressed, extraction);
  } finally {
    await extraction.close();
  }
}

/** Pieces of a file that are zeros from end to end become holes: so files that had holes have them again. */
const HOLE = Buffer.alloc(4096);

class Extraction implements Visitor {
  readonly #root: Buffer;
  readonly #withOwner: boolean;
  readonly #folders = new Map<string, Entry>();
  #file: FileHandle | undefined;
  /** The content of a small file, so far. */
  #small: Buffer[] | undefined;
  #at = 0;

  constructor(root: Buffer, withOwner: boolean) {
    this.#root = root;
    this.#withOwner = withOwner;
  }

  async begin(entry: Entry): Promise<void> {
    const path = this.#path(entry.path);
    if (entry.type === 'folder') {
      await mkdir(path, 0o700);
      this.#folders.set(entry.path, entry);
    } else if (entry.type === 'link') {
      await symlink(Buffer.from(entry.target, 'latin1'), path);
      if (this.#withOwner) await lchown(path, entry.uid, entry.gid);
      await lutimes(path, entry.mtime, entry.mtime);
    } else if (entry.type === 'hard') {
      await this.#requireFile(entry);
      await link(this.#path(entry.target), path);
    } else if (entry.size <= SMALL) {
      this.#small = [];
    } else {
      this.#file = await open(path, NEW, 0o600);
      this.#at = 0;
    }
  }

  async piece(bytes: Buffer): Promise<void> {
    if (this.#small !== undefined) {
      this.#small.push(bytes);
      return;
    }
    const file = this.#file as FileHandle;
    let from = 0;
    for (let at = 0; at < bytes.length; at += HOLE.length) {
      const part = bytes.subarray(at, at + HOLE.length);
      if (!part.equals(HOLE.subarray(0, part.length))) continue;
      await this.#write(file, bytes.subarray(from, at));
      this.#at += part.length;
      from = at + part.length;
    }
    await this.#write(file, bytes.subarray(from));
  }

  async #write(file: FileHandle, bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }

  async end(entry: Entry): Promise<void> {
    const { size, mode, uid, gid, mtime } = entry;
    if (this.#small !== undefined) {
      writeSmall(this.#path(entry.path), Buffer.concat(this.#small), entry, this.#withOwner);
      this.#small = undefined;
    }
    const file = this.#file;
    if (file === undefined) return;
    await file.truncate(size);
    // A change of the owner takes away the bits for set-user-id: the mode comes after it.
    if (this.#withOwner) await file.chown(uid, gid);
    await file.chmod(mode);
    await file.utimes(mtime, mtime);
    await this.close();
  }

  async leave(folder: string): Promise<void> {
    const entry = this.#folders.get(folder);
    if (entry === undefined) return;
    this.#folders.delete(folder);
    const path = this.#path(folder);
    if (this.#withOwner) await lchown(path, entry.uid, entry.gid);
    await chmod(path, entry.mode);
    await utimes(path, entry.mtime, entry.mtime);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** One more name is given to a file of this very tree: no part of the way to it may be a link. */
  async #requireFile({ path, target }: Entry): Promise<void> {
    const parts = target.split('/');
    for (let count = 1; count <= parts.length; count += 1) {
      const stats = await lstat(this.#path(parts.slice(0, count).join('/'))).catch(() => undefined);
      const isFit = count < parts.length ? stats?.isDirectory() : stats?.isFile();
      if (!isFit) throw damaged(`"${readable(path)}" is another name of "${readable(target)}", which is no file here`);
    }
  }

  #path(path: string): Buffer {
    return path === '' ? this.#root : Buffer.concat([this.#root, Buffer.from(`/${path}`, 'latin1')]);
  }
}
