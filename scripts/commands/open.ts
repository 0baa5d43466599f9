import type { Opener } from '../crypt/crypt.ts';
import { sourceOfFile } from '../datastores/index.ts';
import { type OpenedSet, openSet } from '../sets/reader.ts';
import { openerOfSet } from './keys/encryption.ts';
import { trustOf } from './signing.ts';
import type { Workbench } from './workbench.ts';

/** How a person wants a set to be taken. */
export interface OpenFlags {
  /** Take a set that is not signed by one of the allowed signers. */
  readonly allowUnsigned?: boolean;
  /** What decrypts it; else the identities of the settings, or the one in the set. */
  readonly opener?: Opener;
}

/** Opens a set of the workbench's storage with everything that the settings say about reading sets. Throws as `openSet`. */
export async function openChosen(bench: Workbench, name: string, flags: OpenFlags = {}): Promise<OpenedSet> {
  const { storage, context } = bench;
  const trust = await trustOf(bench, flags.allowUnsigned);
  return await openSet(storage, name, sourceOfFile, {
    signal: context.signal,
    trust,
    opener: async (manifest) => flags.opener ?? (await openerOfSet(bench, manifest)),
  });
}
