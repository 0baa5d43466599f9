import { relative } from 'node:path';
import { bytesOf } from '../archive/entry.ts';

/** The one source of the kind: `secrets/config`. */
export const SOURCE = 'config';

/** The artifact of it. */
export const ARCHIVE = 'config.tar.gz';

/** The artifact that is made of the secrets in a backup of an older system, where nothing else is recorded. */
export const OLDER_ARCHIVE = 'older.tar.gz';

/** The folder of the archive that stands for the root of the machine: what lies outside of the base is in it. */
export const OUTSIDE = '.absolute';

/** What a path is called in the archive; both are byte strings, and so is the result. Empty: the base itself. */
export function nameOf(path: string, base: string): string {
  const inside = relative(base, path);
  return inside === '..' || inside.startsWith('../') ? `${OUTSIDE}${path}` : inside;
}

/** True for what lies outside of the base. */
export function isOutside(name: string): boolean {
  return name === OUTSIDE || name.startsWith(`${OUTSIDE}/`);
}

/** The path that a name of the archive means. `isHome`: what was outside of the base goes back to where it was. */
export function pathOf(name: string, base: string, isHome: boolean): string {
  if (isHome && isOutside(name)) return name.slice(OUTSIDE.length) || '/';
  return name === '' ? base : `${base}/${name}`;
}

/** The folders around a name, outermost first, without the base. */
export function foldersAround(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** A rule for one part of a path; "*" stands for any letters of a name, "?" for one. */
export function partRule(part: string): RegExp {
  const body = bytesOf(part).replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${body.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

/** True for a part that stands for several names. */
export function isPattern(part: string): boolean {
  return /[*?]/.test(part);
}

/** True when a path of the settings, which may have patterns, names an absolute path or a folder around it. */
export function covers(setting: string, path: string): boolean {
  const [wanted, found] = [setting.split('/'), path.split('/')];
  return wanted.length <= found.length && wanted.every((part, at) => partRule(part).test(found[at] as string));
}
