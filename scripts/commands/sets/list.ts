import { type Failure, toFailure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { CatalogEntry } from '../../sets/catalog.ts';
import { layTable } from '../../ui/table.ts';
import { wordAge, wordBytes, wordCount } from '../../ui/units.ts';
import { EXIT, explain } from '../../ui/words.ts';
import { chooseDestination, type Destination } from '../destinations.ts';
import { at, catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { wordPin } from './retention-words.ts';

/** The columns of the list of sets. */
export const COLUMNS = [
  { head: 'SET' },
  { head: 'AGE', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'PROOF' },
  { head: 'HOLDS' },
] as const;

/** The flags of `holdfast list`. */
export interface ListFlags {
  readonly from?: string;
}

/** One storage and what lies in it; or why it could not be asked. */
interface Listed {
  readonly name: string;
  readonly location: string;
  readonly entries: readonly CatalogEntry[];
  readonly failure?: Failure;
}

/**
 * Shows everything that lies in the storages: sets with size, age and proof, and what is damaged, unfinished or foreign.
 * Exit code 3 when one of several storages could not be asked.
 */
export async function list(flags: ListFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const { screen, destinations } = bench;
  const wanted = flags.from === undefined ? destinations : [chooseDestination(destinations, flags.from)];
  const all = await Promise.all(wanted.map((destination) => listOne(destination, bench, wanted.length)));
  screen.print(...all.flatMap((listed, index) => [...(index > 0 ? [''] : []), ...lines(listed, Date.now())]));
  screen.printJson({
    storages: all.map(({ name, location, failure }) => ({
      name,
      location,
      ...(failure && { error: explain(failure) }),
    })),
    entries: all.flatMap(({ name, entries }) => entries.map((entry) => ({ storage: name, ...forJson(entry) }))),
  });
  return all.some(({ failure }) => failure) ? EXIT.partial : EXIT.done;
}

async function listOne(destination: Destination, bench: Workbench, count: number): Promise<Listed> {
  const { name, storage } = destination;
  const { location } = storage;
  try {
    return { name, location, entries: await catalogOf({ ...bench, ...at(destination) }) };
  } catch (error) {
    if (count === 1 || bench.context.signal.aborted) throw error;
    return { name, location, entries: [], failure: toFailure(error) };
  }
}

function lines({ location, entries, failure }: Listed, now: number): string[] {
  if (failure !== undefined) return [`✗ ${location}: ${failure.message}`];
  if (entries.length === 0) return [`no sets in ${location}; make one with: holdfast backup`];
  const table = layTable(
    COLUMNS,
    entries.map((entry) => rowOfSet(entry, now)),
  );
  return [...table, '', summary(entries, location)];
}

/** The cells of one entry; `now` in milliseconds. */
export function rowOfSet(entry: CatalogEntry, now: number): string[] {
  const age = wordAge(now - entry.time.getTime());
  switch (entry.state) {
    case 'complete':
      return [entry.name, age, wordBytes(entry.bytes), entry.proof, holds(entry)];
    case 'legacy':
      return [entry.name, age, wordBytes(entry.bytes), 'stored', `${sourceWords(entry.sources)} (no manifest)`];
    case 'damaged':
      return [entry.name, age, wordBytes(entry.bytes), 'damaged', entry.reason];
    case 'partial':
      return [entry.name, age, wordBytes(entry.bytes), '-', 'unfinished: a run is writing it, or died'];
    case 'foreign':
      return [entry.name, age, '-', '-', `not ours: ${entry.reason}`];
  }
}

function holds(entry: Extract<CatalogEntry, { state: 'complete' }>): string {
  const { manifest } = entry;
  const parts = [sourceWords(manifest.sources)];
  if (manifest.failed.length > 0) parts.push(`${manifest.failed.length} failed`);
  if (manifest.skipped.length > 0) parts.push(`${manifest.skipped.length} skipped`);
  if (manifest.label) parts.push(`"${manifest.label}"`);
  if (entry.pin) parts.push(entry.pin.by === 'label' ? 'pinned' : wordPin(entry.pin));
  return parts.join(', ');
}

/** "mongo 1, postgres 3": databases counted by kind. */
function sourceWords(sources: readonly { kind: string; name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { kind, name } of sources) {
    if (name !== 'globals.sql') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return (
    [...counts]
      .map(([kind, count]) => `${kind} ${count}`)
      .sort()
      .join(', ') || 'roles only'
  );
}

function summary(entries: readonly CatalogEntry[], location: string): string {
  const good = entries.filter((entry) => entry.state === 'complete');
  const bytes = totalBytes(good);
  const others = entries.length - good.length;
  const rest = others > 0 ? `, and ${wordCount(others, 'other entry', 'other entries')}` : '';
  return `${wordCount(good.length, 'complete set')}, ${wordBytes(bytes)}, in ${location}${rest}`;
}

function forJson(entry: CatalogEntry): object {
  return { ...entry, time: entry.time.toISOString() };
}
