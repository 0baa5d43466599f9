import { constants } from 'node:fs';
import { access, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { FileSource } from '../datastore.ts';
import { type Generation, spellGeneration } from '../generation.ts';

/** Where a source lives, and where a restore makes room beside it. */
export interface Place {
  /** As it is called in the settings, or its path. */
  readonly target: string;
  /** The path itself, no link on the way to it. */
  readonly live: string;
  /** The link that the settings name in its place. */
  readonly linkedFrom: string | undefined;
  readonly exists: boolean;
  /**
   * Why what is live cannot change places with what lies beside it, so that its content is moved within it; undefined
   * where it can.
   */
  readonly inside: string | undefined;
}

/**
 * The place that a name or a path means. Throws Failure "not-found" for a name that the settings do not have, or a folder
 * around it that is not there.
 */
export async function placeOf(target: string, sources: readonly FileSource[]): Promise<Place> {
  const path = pathOf(target, sources);
  const live = await resolveLive(path);
  const linkedFrom = live === path ? undefined : path;
  const stats = await lstat(live).catch(nothing);
  const exists = stats !== undefined;
  return { target, live, linkedFrom, exists, inside: stats?.isDirectory() ? await whyInside(live) : undefined };
}

function pathOf(target: string, sources: readonly FileSource[]): string {
  const source = sources.find(({ name }) => name === target);
  if (source !== undefined && 'path' in source) return source.path;
  if (isPath(target)) return resolve(target);
  throw new Failure('not-found', {
    message: `the settings name no folder or file "${target}"`,
    hint: `name it in BACKUP_FILES or holdfast.yaml, or say where it goes: --to ${target}=/PATH`,
  });
}

/** True for a target that says where it is. */
export function isPath(target: string): boolean {
  return /^\.{0,2}\//.test(target);
}

async function resolveLive(path: string): Promise<string> {
  const real = await realpath(path).catch(nothing);
  if (real !== undefined) return real;
  const goal = await readlink(path).catch(nothing);
  // What it leads to may have gone in the middle of an exchange, and comes back there.
  if (goal !== undefined) return await resolveParent(resolve(dirname(path), goal));
  return await resolveParent(path);
}

async function resolveParent(path: string): Promise<string> {
  const folder = await realpath(dirname(path)).catch(nothing);
  if (folder !== undefined) return join(folder, basename(path));
  throw new Failure('not-found', { message: `there is no folder ${dirname(path)}`, hint: `mkdir -p ${dirname(path)}` });
}

/** Not there, or not to be seen: whoever needs it says so then. */
function nothing(): undefined {}

async function whyInside(live: string): Promise<string | undefined> {
  const [own, around] = await Promise.all([stat(live), stat(dirname(live))]);
  if (own.dev !== around.dev || dirname(live) === live) return `${live} is a mount point`;
  const writable = await access(dirname(live), constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable ? undefined : `${dirname(live)} cannot be written to`;
}

/** The path at which a generation of a place lies. */
export function generationPath(place: Pick<Place, 'live' | 'inside'>, generation: Generation): string {
  const name = `holdfast_${spellGeneration(generation)}`;
  return place.inside === undefined ? `${place.live}.${name}` : join(place.live, `.${name}`);
}

/** Where the content of a folder is brought together on its way aside, when it is moved within it. */
export function movingPath(place: Pick<Place, 'live'>, { stamp }: Generation): string {
  return join(place.live, `.holdfast_moving_${stamp}`);
}
