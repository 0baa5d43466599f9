import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { bytesOf, readable } from '../archive/entry.ts';
import type { SecretsSource } from '../datastore.ts';
import { type Generation, spellGeneration } from '../generation.ts';
import { covers, isOutside, pathOf, SOURCE } from './names.ts';

/** Where secrets are restored to. */
export interface Place {
  /** "config", or the path of a folder. */
  readonly target: string;
  /** The folder that names of the archive begin in. */
  readonly base: string;
  /** True where they came from: what was outside of the base goes back there. */
  readonly isHome: boolean;
  /** What the settings name, with patterns. */
  readonly paths: readonly string[];
}

/** The place that "config" or a path means. Throws Failure "not-found" for another name, or without the folder around. */
export async function placeOf(target: string, { base, paths }: SecretsSource): Promise<Place> {
  if (target === SOURCE) return { target, base, isHome: true, paths };
  if (!isPath(target)) {
    const message = `there is one source of secrets, "${SOURCE}", and not "${target}"`;
    throw new Failure('not-found', { message, hint: `say where they go: --to ${SOURCE}=/PATH` });
  }
  const path = resolve(target);
  const around = await realpath(dirname(path)).catch(nothing);
  if (around === undefined) {
    const message = `there is no folder ${dirname(path)}`;
    throw new Failure('not-found', { message, hint: `mkdir -p ${dirname(path)}` });
  }
  const real = await realpath(path).catch(nothing);
  return { target, base: real ?? join(around, basename(path)), isHome: false, paths };
}

/** True for a target that says where it is. */
export function isPath(target: string): boolean {
  return /^\.{0,2}\//.test(target);
}

/** Not there: whoever needs it says so then. */
function nothing(): undefined {}

/** The path at which an entry of the archive is live. A byte string. */
export function livePath({ base, isHome }: Place, name: string): string {
  return pathOf(name, bytesOf(base), isHome);
}

/**
 * Nothing is written outside of the base but what the settings of this machine name: a set must not choose that. Throws
 * Failure "refused".
 */
export function requireNamed(place: Place, name: string): void {
  if (!place.isHome || !isOutside(name)) return;
  const path = livePath(place, name);
  if (place.paths.some((setting) => covers(setting, path))) return;
  throw new Failure('refused', {
    message: `the set holds ${readable(path)}, outside of ${place.base}, and the settings here do not name it`,
    hint: `name it in BACKUP_SECRETS or under "secrets" in holdfast.yaml, or restore elsewhere: --to ${SOURCE}=/PATH`,
  });
}

/** The folder that holds the generation of what is in a folder; on its file system, so that renames do. */
export function stagePath(folder: string, generation: Generation): string {
  return `${folder}/.holdfast-secrets.holdfast_${spellGeneration(generation)}`;
}

/** What {@link stagePath} gives, for `RegExp.exec`: part and stamp. */
export const STAGE_NAME = /^\.holdfast-secrets\.holdfast_(new|before)_(\d{8}_\d{6})$/;

/** True when there is something, a link included. Throws the errno error but ENOENT. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(Buffer.from(path, 'latin1'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
