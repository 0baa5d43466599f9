import { toFailure } from '../../common/failure.ts';
import { safeObjectPath } from '../../storage/safe-path.ts';
import { refused } from './refused.ts';

/** Longest path that is taken, in bytes of UTF-8; an object's key may have 1024 (S3), a path on Linux 4096. */
const LONGEST_PATH = 2048;
/** More entries than a backup has; each one that was seen is remembered. */
const MOST_ENTRIES = 2_000_000;

/**
 * Judges the names of an archive, one after the other: none may leave the folder, none may come twice, also not in
 * another case or another form of Unicode, which macOS and Windows take for the same file.
 */
export class EntryNames {
  readonly #seen = new Map<string, 'file' | 'folder'>();

  /**
   * Gives the name as a path below the archive's top, "" for the top itself. `exact`: names that differ by case or form
   * are two, because they are not going to be files. Throws Failure "damaged".
   */
  take(name: string, isFolder: boolean, { exact }: { exact: boolean }): string {
    const path = pathOf(name, isFolder);
    if (path === '') return path;
    if (Buffer.byteLength(path) > LONGEST_PATH) throw refused(name, `has a name longer than ${LONGEST_PATH} bytes`);
    if (this.#seen.size >= MOST_ENTRIES) throw refused(name, `comes after ${MOST_ENTRIES} others`);
    const folded = exact ? `=${path}` : foldName(path);
    const before = this.#seen.get(folded);
    if (before !== undefined && !(isFolder && before === 'folder')) {
      throw refused(name, 'comes twice: another entry has the same name, or one that differs in case or form alone');
    }
    this.#claimFolders(name, folded);
    this.#seen.set(folded, isFolder ? 'folder' : 'file');
    return path;
  }

  /** What lies in a folder makes one of it, named or not. */
  #claimFolders(name: string, folded: string): void {
    for (let at = folded.lastIndexOf('/'); at > 0; at = folded.lastIndexOf('/', at - 1)) {
      const folder = folded.slice(0, at);
      if (this.#seen.get(folder) === 'file') throw refused(name, 'lies in a folder that is a file');
      this.#seen.set(folder, 'folder');
    }
  }
}

/** `tar -C folder .` writes "./name"; nothing else before the name is taken. */
function pathOf(name: string, isFolder: boolean): string {
  const bare = isFolder ? name.replace(/\/$/, '') : name;
  if (isFolder && bare === '.') return '';
  const path = bare.startsWith('./') ? bare.slice(2) : bare;
  if (path.startsWith('/')) throw refused(name, 'has an absolute path');
  try {
    return safeObjectPath(path);
  } catch (error) {
    throw refused(name, `has a name that is not taken: ${toFailure(error).message.split(': ').at(-1)}`);
  }
}

/** Equal for names that some file system takes for the same. */
function foldName(path: string): string {
  return path.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFC');
}
