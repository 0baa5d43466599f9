import { isAbsolute, join, relative, sep } from 'node:path';
import { Failure } from '../common/failure.ts';
import { UNFINISHED_SUFFIX } from './storage.ts';

/** Longest name of a file or folder that common file systems take, in bytes of UTF-8 (POSIX NAME_MAX on Linux, macOS). */
const LONGEST_PART = 255;

/** What no part may hold: control characters, and the separators of every system a set may be copied to. */
const LAST_CONTROL_CODE = 31;
const DELETE_CODE = 127;

/**
 * Gives back the name of a set that may be used as one path part below a root; throws Failure "storage" otherwise.
 * Hidden names and names with the ending of unfinished sets are refused: they mean something else to a storage.
 */
export function safeSetName(set: string): string {
  const reason = set.startsWith('.')
    ? 'it begins with a dot'
    : set.endsWith(UNFINISHED_SUFFIX)
      ? `it ends in "${UNFINISHED_SUFFIX}"`
      : reasonAgainst(set);
  if (reason !== undefined) throw new Failure('storage', { message: `"${set}" cannot name a set: ${reason}` });
  return set;
}

/**
 * Gives back an object's path ("/" between parts) that stays below its set; throws Failure "storage" otherwise:
 * for empty, absolute and "." or ".." parts, backslashes and control characters.
 */
export function safeObjectPath(path: string): string {
  const reason =
    path === ''
      ? 'it is empty'
      : path
          .split('/')
          .map(reasonAgainst)
          .find((found) => found !== undefined);
  if (reason !== undefined) throw new Failure('storage', { message: `"${path}" cannot name an object: ${reason}` });
  return path;
}

/** Joins a root folder and a checked path, and checks once more that the outcome lies below the root. */
export function joinBelow(root: string, path: string): string {
  const joined = join(root, ...path.split('/'));
  const below = relative(root, joined);
  if (below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) {
    throw new Failure('storage', { message: `"${path}" leaves the folder "${root}"` });
  }
  return joined;
}

function reasonAgainst(part: string): string | undefined {
  if (part === '') return 'a part of it is empty';
  if (part === '.' || part === '..') return `it holds a "${part}"`;
  if (part.includes('/') || part.includes('\\')) return 'it holds a slash or backslash';
  if ([...part].some(isControl)) return 'it holds a control character';
  if (Buffer.byteLength(part) > LONGEST_PART) return `a part of it is longer than ${LONGEST_PART} bytes`;
  return undefined;
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code <= LAST_CONTROL_CODE || code === DELETE_CODE;
}
