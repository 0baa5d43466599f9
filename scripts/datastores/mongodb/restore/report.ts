import type { Difference, RestoreReport } from '../../restore.ts';
import type { Contents } from '../generations/contents.ts';
import { isSame, prefixOf } from '../generations/names.ts';
import { extrasOf } from './changes.ts';
import { type ComparedPlace, changedBetween, compare, snapshotOf } from './compare.ts';
import { freshOf, type RestorePlan } from './restore-plan.ts';

/** The collections before a restore, by name, with their ids. */
export interface Snapshots {
  readonly target: ReadonlyMap<string, string>;
  /** Of the original database, when the restore goes elsewhere. */
  readonly original: ReadonlyMap<string, string> | undefined;
}

/** Looks at what stands before the restore. */
export async function snapshots({ connection: { client }, from, wish: { target } }: RestorePlan): Promise<Snapshots> {
  const original = from === target ? undefined : await snapshotOf(client.db(from));
  return { target: await snapshotOf(client.db(target)), original };
}

/** Compares what was restored with what was recorded. Throws the driver's errors. */
export async function reportOn(
  plan: RestorePlan,
  contents: Contents,
  before: Snapshots | undefined,
): Promise<RestoreReport> {
  const { connection, from, wish, expected, way } = plan;
  // Views come when old and new change places.
  const wanted = way === 'swap' ? { ...expected, views: [], options: withoutViews(plan) } : expected;
  const compared = await compare(wanted, placeOf(plan, contents, before));
  const strayed = before?.original ? changedBetween(before.original, await snapshotOf(connection.client.db(from))) : [];
  return {
    target: wish.target,
    objects: compared.objects + (way === 'swap' ? expected.views.length : 0),
    rows: compared.rows,
    counts: compared.counts,
    differences: [...compared.differences, ...strayed.map((name) => strayedDifference(from, name))],
    compared: true,
    notes: [...leftNotes(plan), ...uuidNotes(plan)],
  };
}

function withoutViews({ expected: { options = {}, views } }: RestorePlan): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !views.includes(name)));
}

function placeOf(plan: RestorePlan, { live, generations }: Contents, before: Snapshots | undefined): ComparedPlace {
  const database = plan.connection.client.db(plan.wish.target);
  const fresh = freshOf(plan);
  if (plan.way !== 'swap') return { database, prefix: '', found: live, alone: before?.target.size === 0 };
  const found = generations.find(({ generation }) => isSame(generation, fresh))?.collections ?? [];
  return { database, prefix: prefixOf(fresh), found, alone: true };
}

function strayedDifference(database: string, name: string): Difference {
  return { name: `${database}.${name} (original)`, expected: 'untouched', found: 'changed during the restore' };
}

/** `--drop` drops only what the archive has. */
function leftNotes({ expected, wish, way, live, only }: RestorePlan): string[] {
  if (way !== 'in-place' || wish.exact || only !== undefined) return [];
  const names = live.map(({ name }) => name);
  const left = extrasOf(names, expected);
  return left.length === 0
    ? []
    : [`collections that are not in the backup stayed in "${wish.target}": ${left.join(', ')}`];
}

/** Change streams are bound to the id of a collection, and a restored one has a new one. */
function uuidNotes({ connection, live }: RestorePlan): string[] {
  if (connection.topology === 'standalone' || live.length === 0) return [];
  return ['collections were made anew: change streams and other followers of the old ones must begin afresh'];
}
