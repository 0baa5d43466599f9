import { comparePaths, damaged, type Entry, readable } from './entry.ts';

/**
 * Holds a tree to its order while it goes by: each name once, each in a folder that came before. So nothing can be
 * written through a link, over another entry, or beside the tree; and no names are kept but those of the open folders.
 */
export class TreeOrder {
  #last: string | undefined;
  #open: string[] = [];

  /** Takes the next entry. Gives the folders that it leaves behind, innermost first. Throws Failure "damaged". */
  next({ path, type, target }: Pick<Entry, 'path' | 'type' | 'target'>): string[] {
    if (this.#last !== undefined && comparePaths(this.#last, path) >= 0) {
      throw damaged(`"${readable(path)}" comes twice, or out of order`);
    }
    this.#last = path;
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    const left = path === '' ? [] : this.#leaveTo(parent);
    if (path !== '' && this.#open.at(-1) !== parent) {
      throw damaged(`"${readable(path)}" is in something that is no folder`);
    }
    if (type === 'hard' && comparePaths(target, path) >= 0) {
      throw damaged(`"${readable(path)}" is another name of "${readable(target)}", which did not come before`);
    }
    if (type === 'folder') this.#open.push(path);
    return left;
  }

  #leaveTo(parent: string): string[] {
    const left: string[] = [];
    for (let top = this.#open.at(-1); top !== undefined && !isWithin(parent, top); top = this.#open.at(-1)) {
      left.push(this.#open.pop() as string);
    }
    return left;
  }

  /** The folders that are still open at the end, innermost first. */
  end(): string[] {
    return this.#open.splice(0).reverse();
  }
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
