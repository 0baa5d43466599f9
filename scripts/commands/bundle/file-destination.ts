import { dirname, resolve } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { Manifest } from '../../sets/manifest.ts';
import { freeSetName } from '../../sets/name.ts';
import { type Destination, destinationOf } from '../destinations.ts';
import { openChosen } from '../open.ts';
import { openTemporarySets } from '../restore/temporary.ts';
import { at, type Workbench } from '../workbench.ts';
import { bundleNameOf, placeOfOutput } from './output.ts';
import { type WrittenBundle, wholeSet, writeBundle } from './write-bundle.ts';

/** Where a backup goes that is wanted as one file, and in no storage. */
export interface FileDestination extends AsyncDisposable {
  readonly destination: Destination;
  /** Brings the set that was made into the file. */
  readonly write: (made: Manifest, bench: Workbench) => Promise<WrittenBundle>;
}

/**
 * Opens a private folder beside the file for the set while it is made: dumps are read back before a set is whole, which a
 * tarball does not allow. Throws as `placeOfOutput`; Failure "usage" for standard output, which carries the result.
 */
export async function openFileDestination(output: string, began: Date, bench: Workbench): Promise<FileDestination> {
  if (output === '-') {
    const hint = 'holdfast backup, then: holdfast export --output -';
    throw new Failure('usage', { message: 'found --output -, expected a file: a backup prints its result', hint });
  }
  const { config } = bench;
  const expected = { environment: config.environment, id: freeSetName(began, new Set()) };
  const target = await placeOfOutput(output, bundleNameOf(expected, config));
  const sets = await openTemporarySets('file', dirname(resolve(target.path)));
  const storage = { ...sets.storage, location: target.path };
  const destination = destinationOf('file', storage, { last: 1 });
  return {
    destination,
    write: async ({ id }, running) => {
      const there = { ...running, ...at(destination) };
      const opened = await openChosen(there, id, { allowUnsigned: true });
      const { manifest } = opened;
      if (manifest === undefined)
        throw new Failure('internal', { message: `the set "${id}" was made without a manifest` });
      const set = { ...opened, manifest };
      return await writeBundle(set, await wholeSet(set, there), target, there);
    },
    [Symbol.asyncDispose]: sets[Symbol.asyncDispose],
  };
}
