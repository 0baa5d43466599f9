import { Failure } from '../../common/failure.ts';

/**
 * One thing in an archive. Paths and link targets are byte strings: each character stands for one byte (latin1), because
 * names of files are bytes and need not be text of any encoding.
 */
export interface Entry {
  /** Relative to the folder that was archived, without a slash at either end; empty for that folder, or a file alone. */
  readonly path: string;
  /** "hard": one more name of a file that came earlier. */
  readonly type: 'file' | 'folder' | 'link' | 'hard';
  /** Permission bits, those for set-user-id, set-group-id and sticky included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970, as stock `tar` keeps them. */
  readonly mtime: number;
  /** Bytes of content; 0 for everything but files. */
  readonly size: number;
  /** Of a symbolic link as it was written, of a hard link the path of the file in the archive; else empty. */
  readonly target: string;
}

/** A byte string as people read it; what is not UTF-8 shows as a replacement sign. */
export function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A text as a byte string. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The failure of an archive that is not as it must be. */
export function damaged(message: string): Failure {
  return new Failure('damaged', { message });
}

/**
 * The order of entries: a folder before what is in it, names by their bytes, part by part. Negative when `one` comes
 * first. So both sides can sum a tree in one pass, and a name that comes twice is seen without keeping all names.
 */
export function comparePaths(one: string, other: string): number {
  const [left, right] = [one === '' ? [] : one.split('/'), other === '' ? [] : other.split('/')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const [a, b] = [left[at] as string, right[at] as string];
    if (a !== b) return a < b ? -1 : 1;
  }
  return left.length - right.length;
}
