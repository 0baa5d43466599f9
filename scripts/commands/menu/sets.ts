import { toFailure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { CompleteEntry, LegacyEntry } from '../../sets/catalog.ts';
import { askOne } from '../../ui/prompts/prompts.ts';
import { layTable } from '../../ui/table.ts';
import { sourceLabel } from '../choose.ts';
import { inOrderOfWriting } from '../destinations.ts';
import { COLUMNS, rowOfSet } from '../sets/list.ts';
import { at, catalogOf, type Workbench } from '../workbench.ts';
import type { Offered } from './choice.ts';

/** A set that can be restored. */
export type OfferedSet = CompleteEntry | LegacyEntry;

/** Asks for one of all sets, newest first. Undefined when the person went back; throws "not-found" as the verbs do when there is none. */
export async function askSet(question: string, bench: Workbench): Promise<OfferedSet | undefined> {
  const sets = await offeredSets(bench);
  if (sets.length === 0) {
    bench.screen.remark(`no sets in ${bench.storage.location}; make one with: holdfast backup`);
    return undefined;
  }
  const now = Date.now();
  const [head = '', ...texts] = layTable(
    COLUMNS,
    sets.map((entry) => rowOfSet(entry, now)),
  );
  const items = sets.map((value, index) => ({ value, text: texts[index] ?? value.name }));
  return await askOne({ question, head, items, word: ({ name }) => name }, bench.context.signal);
}

/** What lies in any storage, under each name once: as the first storage that a restore would ask has it. */
async function offeredSets(bench: Workbench): Promise<OfferedSet[]> {
  const sets = new Map<string, OfferedSet>();
  for (const destination of inOrderOfWriting(bench.destinations)) {
    try {
      for (const entry of await catalogOf({ ...bench, ...at(destination) })) {
        const canRestore = entry.state === 'complete' || entry.state === 'legacy';
        if (canRestore && !sets.has(entry.name)) sets.set(entry.name, entry);
      }
    } catch (error) {
      bench.context.signal.throwIfAborted();
      if (bench.destinations.length === 1) throw error;
      bench.screen.remark(`✗ ${destination.name}: ${toFailure(error).message}`);
    }
  }
  return [...sets.values()].toSorted((one, other) => other.time.getTime() - one.time.getTime());
}

/** One source of a set. */
export interface OfferedSource extends Offered {
  readonly name: string;
  readonly bytes: number;
}

/** The sources of a set, as a restore calls them. */
export function sourcesIn(set: OfferedSet): OfferedSource[] {
  if (set.state === 'legacy') {
    return set.sources.map(({ kind, name, files }) => ({
      ...{ kind, name, label: `${kind}/${name}` },
      bytes: totalBytes(files),
    }));
  }
  return set.manifest.sources.map((source) => ({
    ...{ kind: source.kind, name: source.name, label: sourceLabel(source) },
    bytes: totalBytes(source.artifacts),
  }));
}
