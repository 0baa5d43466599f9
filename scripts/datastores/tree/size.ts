import { walk } from './walk.ts';

/** What a look at a tree tells without reading its content. */
export interface TreeSize {
  readonly bytes: number;
  readonly folders: number;
  /** The newest change of a file, milliseconds of the clock; 0 for none. */
  readonly newest: number;
}

/** Adds up a folder, or a file alone; at most so many entries of it where a guess will do. Throws the errno error. */
export async function sizeOf(
  path: string | Buffer,
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<TreeSize> {
  let [bytes, folders, newest, seen] = [0, 0, 0, 0];
  for await (const { type, size, mtime } of walk(typeof path === 'string' ? Buffer.from(path) : path, { signal })) {
    bytes += size;
    if (type === 'folder') folders += 1;
    else newest = Math.max(newest, mtime * 1000);
    seen += 1;
    if (seen >= most) break;
  }
  return { bytes, folders, newest };
}
