import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure, toFailure } from '../../common/failure.ts';
import { bytesOf, readable } from '../archive/entry.ts';
import type { SecretsSource, StoredSource } from '../datastore.ts';
import type { ObjectChange, PreparedRestore, RestoreWish } from '../restore.ts';
import { readArchived } from './archived.ts';
import { collect } from './collect.ts';
import { directSteps } from './direct.ts';
import { type Judged, judge } from './judge.ts';
import { isThere, type Place, placeOf } from './place.ts';
import { archiveOf } from './read.ts';
import { restoreSteps } from './steps.ts';

/** Checks everything that can be checked before a restore. Throws a Failure when it could not work. */
export async function prepare(
  secrets: SecretsSource,
  source: StoredSource,
  wish: RestoreWish,
  signal: AbortSignal,
): Promise<PreparedRestore> {
  try {
    if (wish.parts !== undefined) throw refused('secrets are restored as a whole, not in parts');
    if (wish.way === 'in-place')
      throw refused('secrets are put in place beside what is there, never over it: leave out --in-place');
    const place = await placeOf(wish.target, secrets);
    return wish.way === 'direct'
      ? await prepareDirect(source, place)
      : await prepareSwap(secrets, source, place, wish, signal);
  } catch (error) {
    throw toFailure(error, { source: `secrets/${source.name}`, step: 'prepare' }).at({ stands: 'nothing was changed' });
  }
}

function refused(message: string): Failure {
  return new Failure('refused', { message });
}

/** Owners can be restored by root alone. */
function mayGiveAway(): boolean {
  return process.getuid?.() === 0;
}

async function prepareDirect(source: StoredSource, place: Place): Promise<PreparedRestore> {
  if (await isThere(bytesOf(place.base))) throw refused(`${place.base} is there already`);
  const steps = directSteps(source, place.base, mayGiveAway());
  const nothing = { reason: undefined, changes: [], warnings: [], exchange: undefined };
  return { way: 'direct', ...nothing, steps, discard: async () => undefined };
}

async function prepareSwap(
  secrets: SecretsSource,
  source: StoredSource,
  place: Place,
  { stamp, target, forceConfig = false }: RestoreWish,
  signal: AbortSignal,
): Promise<PreparedRestore> {
  const withOwner = mayGiveAway();
  await requireRoom(place, source);
  const entries = await readArchived(archiveOf(source));
  const judged = await judge(entries, place, { forceConfig, withOwner });
  const fresh = { part: 'new', stamp } as const;
  return {
    way: 'swap',
    reason: undefined,
    changes: [...judged.map(changeOf), ...(await leftOf(judged, place, secrets, signal))],
    warnings: warningsOf(judged, withOwner),
    steps: restoreSteps({ source, place, fresh, entries, judged, withOwner }),
    exchange: { database: target, fresh, kept: { part: 'before', stamp } },
    discard: async () => undefined,
  };
}

async function requireRoom({ base }: Place, { facts, artifacts }: StoredSource): Promise<void> {
  const folder = (await isThere(bytesOf(base))) ? base : dirname(base);
  const { bavail, bsize } = await statfs(folder);
  const needed = Number(facts?.details.bytes ?? artifacts[0]?.bytes ?? 0);
  if (bavail * bsize > needed) return;
  const message = `found ${bavail * bsize} bytes free at ${folder}, expected ${needed} and more`;
  throw new Failure('no-space', { message, hint: 'restore elsewhere: --to config=/PATH' });
}

function changeOf({ archived, change }: Judged): ObjectChange {
  return { name: readable(archived.path), change, now: undefined, recorded: undefined };
}

/** What is here and not in the set; what cannot be looked at is not in the list, and is touched by nothing. */
async function leftOf(
  judged: readonly Judged[],
  { isHome }: Place,
  secrets: SecretsSource,
  signal: AbortSignal,
): Promise<ObjectChange[]> {
  if (!isHome) return [];
  const known = new Set(judged.map(({ archived }) => archived.path));
  const left: ObjectChange[] = [];
  try {
    for await (const { path, type } of collect(secrets, { signal })) {
      if (type === 'folder' || known.has(path)) continue;
      left.push({ name: readable(path), change: 'left', now: undefined, recorded: undefined });
    }
  } catch {
    // A setting that names what is lost here is the usual reason for a restore.
    signal.throwIfAborted();
  }
  return left;
}

function warningsOf(judged: readonly Judged[], withOwner: boolean): string[] {
  return [
    ...judged.flatMap(({ remark }) => remark ?? []),
    ...(withOwner ? [] : ['owners are not restored, which needs root: everything will belong to whoever runs this']),
  ];
}
