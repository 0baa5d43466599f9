import { bytesOf } from '../archive/entry.ts';
import type { ServerAddress } from '../datastore.ts';
import { excluder } from '../tree/globs.ts';

/** The patterns of keys that the settings leave out. */
export function excludedOf({ own }: ServerAddress): readonly string[] {
  return (own?.exclude as readonly string[] | undefined) ?? [];
}

/** Tells whether a key is left out; patterns as those of files. */
export function isExcludedBy(patterns: readonly string[]): (key: string) => boolean {
  if (patterns.length === 0) return () => false;
  const isExcluded = excluder(patterns.map(bytesOf));
  return (key) => isExcluded(bytesOf(key));
}
