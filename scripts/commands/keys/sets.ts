import type { CompleteEntry } from '../../sets/catalog.ts';
import { catalogOf, type Workbench } from '../workbench.ts';

/**
 * The complete sets of this environment that are not encrypted for exactly these keys, the oldest first; plain ones too.
 * Sets that another installation keeps in the same storage are its own matter.
 */
export async function setsForOthers(bench: Workbench, recipients: readonly string[]): Promise<CompleteEntry[]> {
  return (await ownSets(bench)).filter(({ manifest }) => !sameKeys(manifest.recipients ?? [], recipients));
}

/** The newest set of this environment that holds something encrypted. */
export async function newestEncrypted(bench: Workbench): Promise<CompleteEntry | undefined> {
  return (await ownSets(bench)).findLast(({ manifest }) => (manifest.recipients ?? []).length > 0);
}

async function ownSets(bench: Workbench): Promise<CompleteEntry[]> {
  const complete = (await catalogOf(bench)).filter((entry) => entry.state === 'complete');
  return complete.filter(({ manifest }) => manifest.environment === bench.config.environment);
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key) => other.includes(key));
}
