import { Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { StoredSource } from '../../datastores/datastore.ts';
import { isKind, isServerKind, loadDatastore } from '../../datastores/index.ts';
import type { RestoreParts } from '../../datastores/restore.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import { type Choice, isChosen, sourceLabel } from '../choose.ts';
import type { Workbench } from '../workbench.ts';
import { type Destination, isPath } from './destination.ts';

/** One source that is going to be restored, and where to. */
export interface RestoreItem {
  readonly source: StoredSource;
  /** The configured server that it came from. */
  readonly server: string;
  /** The server that the command line names, when it is another one. */
  readonly at: string | undefined;
  /** The database that will be written. */
  readonly target: string;
  /** Undefined: everything of it. */
  readonly parts?: RestoreParts | undefined;
  /** The database must not be there yet (`--into`). */
  readonly mustBeNew?: boolean;
  /** As people see it: "postgres/app". */
  readonly label: string;
  /** Bytes of its artifacts. */
  readonly bytes: number;
}

/** The sources of a set that were asked for, roles first, then the largest. Throws Failure when one is not in the set, or is of an unknown kind. */
export function chooseSources(
  set: OpenedSet,
  choice: Choice,
  destinations: ReadonlyMap<string, Destination>,
): RestoreItem[] {
  const unused = new Set(destinations.keys());
  const items: RestoreItem[] = [];
  for (const [index, source] of set.sources.entries()) {
    const server = set.manifest?.sources[index]?.server ?? 'default';
    const place = { kind: source.kind, name: source.name, server };
    if (!isChosen(choice, place)) continue;
    const label = sourceLabel(place);
    const wanted = [label, `${source.kind}/${source.name}`, source.name].find((name) => destinations.has(name));
    if (wanted !== undefined) unused.delete(wanted);
    const destination = wanted === undefined ? undefined : destinations.get(wanted);
    const target = destination?.database ?? source.name;
    const bytes = totalBytes(source.artifacts);
    const kind = knownKind(source.kind, label);
    requireFittingTarget(kind, target, label);
    items.push({
      source: { ...source, kind, companions: companionsOf(set, index, kind) },
      server,
      at: destination?.server,
      target,
      label,
      bytes,
    });
  }
  requireAll(set, items, choice, unused);
  return items.sort((one, other) => Number(isCluster(other)) - Number(isCluster(one)) || other.bytes - one.bytes);
}

/** What else the set holds of the same server: a database may need roles that only globals.sql makes. */
function companionsOf(set: OpenedSet, index: number, kind: StoredSource['kind']): StoredSource[] {
  const serverOf = (position: number): string => set.manifest?.sources[position]?.server ?? 'default';
  return set.sources
    .filter((other, position) => position !== index && other.kind === kind && serverOf(position) === serverOf(index))
    .map((other) => ({ ...other, kind }));
}

/** The roles of a cluster: prepared and restored before the databases that belong to them. */
export function isCluster({ source }: RestoreItem): boolean {
  return source.name === 'globals.sql';
}

function knownKind(kind: string, source: string): StoredSource['kind'] {
  if (isKind(kind)) return kind;
  throw new Failure('version', {
    message: `this Holdfast does not know the kind "${kind}"`,
    source,
    hint: 'use the Holdfast that made the set, or leave it out with --components',
  });
}

/** A path is no name of a database: it would be made under that name. */
function requireFittingTarget(kind: StoredSource['kind'], target: string, source: string): void {
  if (!isServerKind(kind) || !isPath(target)) return;
  throw new Failure('usage', {
    message: `found the path "${target}" in --to, expected the name of a database`,
    source,
  });
}

function requireAll(set: OpenedSet, items: readonly RestoreItem[], choice: Choice, unused: ReadonlySet<string>): void {
  const labels = set.sources.map(({ kind, name }) => `${kind}/${name}`).join(', ');
  for (const wanted of choice.sources) {
    if (items.some(({ label, source }) => label === wanted || `${source.kind}/${source.name}` === wanted)) continue;
    throw new Failure('not-found', { message: `the set "${set.name}" has no source "${wanted}"; it holds ${labels}` });
  }
  const [name] = unused;
  if (name !== undefined) {
    throw new Failure('usage', {
      message: `--to names "${name}", which is not among the sources to restore: ${labels}`,
    });
  }
  if (items.length > 0) return;
  throw new Failure('not-found', {
    message: `the set "${set.name}" holds nothing of what was asked for; it holds ${labels}`,
  });
}

/**
 * Reads every artifact to its end with the readers of the datastores, side by side. Where these very bytes were proven
 * readable before, a dump that the store's own tool reads to its end in `prepare` is not read twice. Throws Failure
 * "damaged".
 */
export async function readSources(
  items: readonly RestoreItem[],
  wasRead: boolean,
  { context, config }: Workbench,
): Promise<void> {
  await runPool(items, config.parallel, async ({ source, label, bytes }) => {
    const datastore = await loadDatastore(source.kind);
    if (wasRead && datastore.preparesByReading) return;
    context.report({ kind: 'step', source: label, step: 'read', expectedBytes: bytes });
    try {
      await datastore.read(source, context);
    } catch (error) {
      throw toFailure(error, { source: label, step: 'read' });
    }
    context.report({ kind: 'done', source: label, bytes });
  });
}
