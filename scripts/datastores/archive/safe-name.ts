import { damaged, readable } from './entry.ts';

/**
 * The path that a name of an archive means, without "./" before it and the slash after a folder. Throws Failure
 * "damaged" for every name that a backup does not write: absolute ones, those with "..", ".", empty parts or a zero byte.
 */
export function safeName(name: string, isFolder: boolean): string {
  if (name === './' && isFolder) return '';
  const inner = name.startsWith('./') ? name.slice(2) : name;
  const path = isFolder && inner.endsWith('/') ? inner.slice(0, -1) : inner;
  const parts = path.split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0')) return path;
  throw damaged(`the name "${readable(name)}" leads out of the archive, or is none`);
}
