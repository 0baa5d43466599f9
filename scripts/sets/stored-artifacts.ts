import { Failure } from '../common/failure.ts';
import type { Manifest, ManifestArtifact } from './manifest.ts';

/** By path in lower case: on a file system that ignores case, "App.dump" and "app.dump" are one file. */
export type StoredArtifacts = Map<string, ManifestArtifact | 'open'>;

/** Takes the name of an artifact before it is written. Throws Failure "storage" when another one has it. */
export function claim(stored: StoredArtifacts, path: string): void {
  const taken = stored.get(path.toLowerCase());
  if (taken !== undefined) {
    const other = taken === 'open' ? 'one that is being written' : `"${taken.path}"`;
    const message = `the artifact "${path}" would have the name of ${other} on systems that ignore case`;
    throw new Failure('storage', { message, step: 'dump' });
  }
  stored.set(path.toLowerCase(), 'open');
}

/**
 * A set never quietly lacks something, and never holds what nobody names (rule 6 of the design). Throws Failure
 * "internal".
 */
export function requireSameArtifacts(stored: StoredArtifacts, { sources }: Pick<Manifest, 'sources'>): void {
  const named = new Map(sources.flatMap(({ artifacts }) => artifacts).map((one) => [one.path, one.sha256]));
  for (const [path, artifact] of stored) {
    if (artifact === 'open')
      throw new Failure('internal', { message: `the artifact "${path}" is still being written` });
    if (named.get(artifact.path) !== artifact.sha256) {
      throw new Failure('internal', { message: `the stored artifact "${artifact.path}" is not named by the manifest` });
    }
    named.delete(artifact.path);
  }
  const [missing] = named.keys();
  if (missing === undefined) return;
  throw new Failure('internal', { message: `the manifest names "${missing}", which was not stored` });
}
