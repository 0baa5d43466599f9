import { sourceOfFile } from '../datastores/index.ts';
import { type OpenedSet, openSet } from '../sets/reader.ts';
import type { Workbench } from './workbench.ts';

/** Opens a set of the workbench's storage with everything that the settings say about reading sets. Throws as `openSet`. */
export function openChosen({ storage, context }: Workbench, name: string): Promise<OpenedSet> {
  return openSet(storage, name, sourceOfFile, { signal: context.signal });
}
