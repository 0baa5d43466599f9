import { lstat, readdir } from 'node:fs/promises';
import { Failure } from '../../common/failure.ts';
import { bytesOf, comparePaths, readable } from '../archive/entry.ts';
import type { SecretsSource } from '../datastore.ts';
import { isOwn } from '../tree/names.ts';
import { isGone } from '../tree/walk.ts';
import { foldersAround, isOutside, isPattern, nameOf, OUTSIDE, partRule, pathOf } from './names.ts';

/** A file or folder that the settings name. Byte strings. */
export interface Root {
  /** Absolute. */
  readonly path: string;
  /** In the archive. */
  readonly name: string;
}

/**
 * Everything that the settings name, in the order of the archive, each thing once. Throws Failure "not-found" for what is
 * not there, a pattern that fits nothing included: a set never quietly lacks something; "refused" for what lies behind a
 * link.
 */
export async function rootsOf(source: SecretsSource): Promise<Root[]> {
  const base = bytesOf(source.base);
  const found: Root[] = [];
  for (const setting of source.paths) {
    const paths = await expand(setting);
    if (paths.length === 0) throw missing(setting);
    for (const path of paths) found.push(rootOf(path, base));
  }
  found.sort((one, other) => comparePaths(one.name, other.name));
  const roots: Root[] = [];
  for (const root of found) {
    const last = roots.at(-1)?.name;
    if (last !== undefined && (root.name === last || root.name.startsWith(`${last}/`))) continue;
    roots.push(root);
  }
  for (const { name } of roots) await requireFolders(name, base, true);
  return roots;
}

/** The paths that are there. */
async function expand(setting: string): Promise<string[]> {
  let paths = [''];
  for (const part of setting.split('/').slice(1)) {
    const next: string[] = [];
    for (const path of paths) {
      const names = isPattern(part) ? await namesIn(path || '/', partRule(part)) : [bytesOf(part)];
      next.push(...names.map((name) => `${path}/${name}`));
    }
    paths = next;
  }
  const there = await Promise.all(paths.map((path) => lstat(Buffer.from(path, 'latin1')).catch(unlessGone)));
  return paths.filter((_, at) => there[at] !== undefined);
}

async function namesIn(folder: string, rule: RegExp): Promise<string[]> {
  const names = await readdir(Buffer.from(folder, 'latin1'), { encoding: 'buffer' }).catch(unlessGone);
  return (names ?? []).map((name) => name.toString('latin1')).filter((name) => rule.test(name) && !isOwn(name));
}

function unlessGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

function rootOf(path: string, base: string): Root {
  const name = nameOf(path, base);
  if (name === '') {
    const message = `${readable(path)} is the folder of the settings: name the secrets in it`;
    throw new Failure('settings', { message });
  }
  if (isOutside(name) && path.startsWith(`${base}/`)) {
    const message = `a folder "${OUTSIDE}" of your own cannot be told from what lies outside of ${readable(base)}`;
    throw new Failure('refused', { message });
  }
  return { path, name };
}

/**
 * No folder on the way from the base to a name may be a link: nothing is read or written through one. Gives those that
 * are missing, outermost first. Throws Failure "refused".
 */
export async function requireFolders(name: string, base: string, isHome: boolean): Promise<string[]> {
  const missing: string[] = [];
  for (const folder of foldersAround(name)) {
    const path = pathOf(folder, base, isHome);
    const stats = await lstat(Buffer.from(path, 'latin1')).catch(unlessGone);
    if (stats === undefined) missing.push(folder);
    else if (!stats.isDirectory()) {
      const what = stats.isSymbolicLink() ? 'is a link' : 'is no folder';
      throw new Failure('refused', {
        message: `${readable(path)} ${what}, and "${readable(name)}" lies behind it: links are not followed`,
        hint: 'name the real path of it in BACKUP_SECRETS or under "secrets" in holdfast.yaml',
      });
    }
  }
  return missing;
}

function missing(setting: string): Failure {
  const hint = 'make it, or take it out of BACKUP_SECRETS or holdfast.yaml';
  return new Failure('not-found', { message: `there is nothing at ${setting}`, hint });
}
