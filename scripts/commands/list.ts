import type { CatalogEntry } from '../sets/catalog.ts';
import { layTable } from '../ui/table.ts';
import { wordAge, wordBytes, wordCount } from '../ui/units.ts';
import { EXIT } from '../ui/words.ts';
import { catalogOf, openWorkbench, type Room } from './workbench.ts';

const COLUMNS = [
  { head: 'SET' },
  { head: 'AGE', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'PROOF' },
  { head: 'HOLDS' },
] as const;

/** Shows everything that lies in the storage: sets with size, age and proof, and what is damaged, unfinished or foreign. */
export async function list(room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const entries = await catalogOf(bench);
  const now = Date.now();
  const { screen, storage } = bench;
  if (entries.length === 0) screen.print(`no sets in ${storage.location}; make one with: holdfast backup`);
  else
    screen.print(
      ...layTable(
        COLUMNS,
        entries.map((entry) => row(entry, now)),
      ),
      '',
      summary(entries, storage.location),
    );
  screen.printJson({ storage: storage.name, location: storage.location, entries: entries.map(forJson) });
  return EXIT.done;
}

function row(entry: CatalogEntry, now: number): string[] {
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
  const bytes = good.reduce((sum, entry) => sum + entry.bytes, 0);
  const others = entries.length - good.length;
  const rest = others > 0 ? `, and ${wordCount(others, 'other entry', 'other entries')}` : '';
  return `${wordCount(good.length, 'complete set')}, ${wordBytes(bytes)}, in ${location}${rest}`;
}

function forJson(entry: CatalogEntry): unknown {
  return { ...entry, time: entry.time.toISOString() };
}
