import { constants } from 'node:fs';
import { access, readdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure, toFailure } from '../../common/failure.ts';
import type { FileSource, ServerAddress, StoredSource } from '../datastore.ts';
import type { ObjectChange, PreparedRestore, RestoreWish } from '../restore.ts';
import { isOwn } from '../tree/names.ts';
import { prepareCommand } from './command/prepare.ts';
import { generationPath, type Place, placeOf } from './place.ts';
import { archiveOf, isExport } from './read.ts';
import { folderSteps } from './steps.ts';

/** Checks everything that can be checked before a restore. Throws a Failure when it could not work. */
export async function prepare(
  address: ServerAddress,
  source: StoredSource,
  wish: RestoreWish,
): Promise<PreparedRestore> {
  try {
    if (wish.parts !== undefined)
      throw new Failure('refused', { message: 'files are restored as a whole, not in parts' });
    const sources = address.files ?? [];
    return isExport(source) ? prepareCommand(address, source, wish) : await prepareFolder(sources, source, wish);
  } catch (error) {
    throw toFailure(error, { source: `files/${source.name}`, step: 'prepare' }).at({ stands: 'nothing was changed' });
  }
}

async function prepareFolder(
  sources: readonly FileSource[],
  source: StoredSource,
  wish: RestoreWish,
): Promise<PreparedRestore> {
  const place = await placeOf(wish.target, sources);
  const { stamp } = wish;
  if (wish.way === 'in-place') {
    throw new Failure('refused', {
      message: 'files are restored beside what is there, never over it: leave out --in-place',
    });
  }
  if (wish.way === 'direct' && place.exists)
    throw new Failure('refused', { message: `${place.live} is there already` });
  await requireRoom(place, source);
  const isSwap = wish.way !== 'direct';
  const at = isSwap ? generationPath(place, { part: 'new', stamp }) : place.live;
  const withOwner = process.getuid?.() === 0;
  return {
    way: isSwap ? 'swap' : 'direct',
    reason: undefined,
    changes: isSwap ? await changesOf(place, source) : [],
    warnings: warningsOf(place, withOwner),
    steps: folderSteps({ source, archive: archiveOf(source), place, at, withOwner }),
    exchange: isSwap
      ? { database: wish.target, fresh: { part: 'new', stamp }, kept: { part: 'before', stamp } }
      : undefined,
    discard: async () => undefined,
  };
}

/** Room for all bytes, and the right to write there. */
async function requireRoom(place: Place, { facts, name }: StoredSource): Promise<void> {
  const folder = place.inside === undefined ? dirname(place.live) : place.live;
  await access(folder, constants.W_OK);
  if (place.inside !== undefined && facts?.details.form === 'file') {
    throw new Failure('refused', { message: `"${name}" is a file alone, and ${place.inside}` });
  }
  const { bavail, bsize } = await statfs(folder);
  const needed = Number(facts?.details.bytes ?? 0);
  if (bavail * bsize > needed) return;
  throw new Failure('no-space', {
    message: `found ${bavail * bsize} bytes free at ${folder}, expected ${needed} and more`,
    hint: `restore elsewhere: --to ${name}=/PATH`,
  });
}

function warningsOf({ live, linkedFrom, inside }: Place, withOwner: boolean): string[] {
  return [
    ...(linkedFrom === undefined ? [] : [`${linkedFrom} is a link, or leads over one: ${live} is what is replaced`]),
    ...(inside === undefined ? [] : [`${inside}: its content is moved within it, entry by entry, not in one moment`]),
    ...(withOwner ? [] : ['owners are not restored, which needs root: everything will belong to whoever runs this']),
  ];
}

/** By the folders at the top, as the fingerprint counts them. */
async function changesOf({ live, exists }: Place, { facts }: StoredSource): Promise<ObjectChange[]> {
  const recorded = facts?.fingerprint.counts ?? {};
  const entries = exists ? await readdir(live, { withFileTypes: true }).catch(() => []) : [];
  const now = new Set(entries.filter((entry) => entry.isDirectory() && !isOwn(entry.name)).map(({ name }) => name));
  if (exists) now.add('.');
  const names = [...new Set([...Object.keys(recorded), ...now])].sort();
  return names.map((name) => {
    const change = recorded[name] === undefined ? 'removed' : now.has(name) ? 'replaced' : 'added';
    return { name, change, now: undefined, recorded: recorded[name] };
  });
}
