import { Failure } from '../../common/failure.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { chooseDestination, inOrderOfWriting } from '../destinations.ts';
import { at, catalogOf, type Workbench } from '../workbench.ts';

/** A set that was found, and a workbench at the storage that holds it. */
export interface PickedSet {
  readonly bench: Workbench;
  readonly entry: ReturnType<typeof resolveEntry>;
}

/**
 * Finds the set that a person means: in the storage that they name, else in the first that has it, folders of this
 * machine before others. Throws the Failure of `resolveEntry`; "not-found" only when no storage has it.
 */
export async function pickSet(opened: Workbench, wanted: string, from: string | undefined): Promise<PickedSet> {
  const places =
    from === undefined ? inOrderOfWriting(opened.destinations) : [chooseDestination(opened.destinations, from)];
  const lacking: Failure[] = [];
  for (const place of places) {
    const bench = { ...opened, ...at(place) };
    try {
      return { bench, entry: resolveEntry(wanted, await catalogOf(bench)) };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'not-found') throw error;
      lacking.push(error);
    }
  }
  const [first, ...others] = lacking;
  if (first === undefined || others.length === 0) throw first;
  const names = places.map(({ name }) => `"${name}"`).join(', ');
  throw new Failure('not-found', { message: `none of ${names} has it: ${first.message}`, hint: first.hint });
}
