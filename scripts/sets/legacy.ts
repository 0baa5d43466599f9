import type { StoredObject } from '../storage/storage.ts';

/**
 * The source that a file of a set without a manifest belongs to (the kind is the folder), or undefined when the file is
 * none of ours. The datastores know it (`Datastore.sourceOfFile`); it is passed in because sets do not import them.
 */
export type SourceOfFile = (folder: string, fileName: string) => string | undefined;

/** A source of a set that an older shell script wrote: nothing is recorded but its files. */
export interface LegacySource {
  readonly kind: string;
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** The sources of a set without a manifest, sorted; empty when it is none. Paths are relative to the set. */
export function legacySources(
  set: string,
  objects: readonly StoredObject[],
  sourceOfFile: SourceOfFile,
): LegacySource[] {
  const found = new Map<string, { kind: string; name: string; files: { path: string; bytes: number }[] }>();
  for (const object of objects) {
    const path = object.path.slice(set.length + 1);
    const [kind = '', fileName, ...deeper] = path.split('/');
    if (fileName === undefined) continue;
    const name = sourceOfFile(kind, [fileName, ...deeper].join('/'));
    if (name === undefined) continue;
    const source = found.get(`${kind}/${name}`) ?? { kind, name, files: [] };
    source.files.push({ path, bytes: object.bytes });
    found.set(`${kind}/${name}`, source);
  }
  return [...found.values()];
}
