import type { Readable } from 'node:stream';
import { Failure } from '../common/failure.ts';
import type { Consistency } from '../common/kinds.ts';
import type { Opener } from '../crypt/crypt.ts';
import { requireOpens } from '../crypt/sentinel.ts';
import type { ArtifactReader, Compression, DumpFacts } from '../datastores/datastore.ts';
import type { Storage, StorageOptions, StoredObject } from '../storage/storage.ts';
import { checkedStream, sizedStream } from './checked-stream.ts';
import { sha256 } from './digest.ts';
import { legacySources, type SourceOfFile } from './legacy.ts';
import {
  AGE,
  MANIFEST_FILE,
  type Manifest,
  type ManifestArtifact,
  type ManifestSource,
  plainBytes,
  plainPath,
} from './manifest.ts';
import { parseManifest } from './parse.ts';
import { readObject } from './read-object.ts';
import type { Trust } from './signature.ts';

/**
 * A source of a set that was opened: a `StoredSource` of datastores/datastore.ts but for its kind, which may be one
 * that this version does not know.
 */
export interface OpenedSource {
  readonly kind: string;
  readonly name: string;
  readonly facts: DumpFacts | undefined;
  readonly serverVersion: string | undefined;
  readonly artifacts: readonly ArtifactReader[];
}

/** A published set that was opened: what it says it holds. Nothing of its artifacts was read yet. */
export interface OpenedSet {
  readonly storage: Storage;
  readonly name: string;
  /** Missing for sets of older shell scripts. */
  readonly manifest: Manifest | undefined;
  /** Of the bytes of manifest.json; a proof must name it. */
  readonly manifestSha256: string | undefined;
  readonly sources: readonly OpenedSource[];
  /** Everything that lies in the set. */
  readonly objects: readonly StoredObject[];
  /** Whose sets are taken; everybody's when it is missing. */
  readonly trust?: Trust | undefined;
  /**
   * Makes sure that the artifacts can be decrypted, before anything is changed that needs them: the beginning of one is.
   * Throws Failure "settings" without an identity, "denied" with another one. Does nothing for a plain set. `isWanted`:
   * what is going to be read; everything when missing. A source may be encrypted for others than the set.
   */
  readonly unlock: (isWanted?: (source: ManifestSource) => boolean) => Promise<void>;
}

/** Options of {@link openSet}. */
export interface OpenOptions extends StorageOptions {
  readonly trust?: Trust | undefined;
  /** Gives what decrypts the set; asked once, when the first encrypted artifact is read. */
  readonly opener?: ((manifest: Manifest) => Promise<Opener>) | undefined;
}

/**
 * Opens a published set. Throws Failure "not-found" when there is none or it is not one, "damaged" when its manifest
 * is not as it was written, "version" when a later Holdfast wrote it.
 */
export async function openSet(
  storage: Storage,
  name: string,
  sourceOfFile: SourceOfFile,
  { opener, trust, ...options }: OpenOptions = {},
): Promise<OpenedSet> {
  const objects = await storage.objects(name, options);
  if (objects.length === 0)
    throw new Failure('not-found', { message: `found no set "${name}" in "${storage.location}"` });
  const opened = { storage, name, objects, trust };
  if (!objects.some(({ path }) => path === `${name}/${MANIFEST_FILE}`)) return openLegacy(opened, sourceOfFile);
  const bytes = await readObject(storage, name, MANIFEST_FILE, options);
  const manifest = await parseManifest(bytes);
  if (manifest.id !== name) {
    throw new Failure('damaged', { message: `the manifest of "${name}" is of the set "${manifest.id}"` });
  }
  const place = { ...opened, opener: once(() => requireOpener(opener)(manifest)) };
  const sources = manifest.sources.map((source) => recordedSource(place, source));
  return {
    ...opened,
    manifest,
    manifestSha256: sha256(bytes),
    sources,
    unlock: (isWanted) => unlock(place, manifest, isWanted),
  };
}

type Place = Pick<OpenedSet, 'storage' | 'name' | 'objects' | 'trust'>;

type OpenablePlace = Place & { readonly opener: () => Promise<Opener> };

function requireOpener(opener: OpenOptions['opener']): NonNullable<OpenOptions['opener']> {
  if (opener) return opener;
  throw new Failure('internal', { message: 'an encrypted artifact was read without a way to decrypt it' });
}

async function unlock(
  { storage, name, opener }: OpenablePlace,
  { sources }: Manifest,
  isWanted: (source: ManifestSource) => boolean = () => true,
): Promise<void> {
  const sealed = sources.filter(isWanted).map(({ recipients, artifacts }) => ({
    ...{ keys: JSON.stringify(recipients), files: artifacts.filter(({ encryption }) => encryption === AGE) },
  }));
  for (const keys of new Set(sealed.map((source) => source.keys))) {
    const files = sealed.filter((source) => source.keys === keys).flatMap((source) => source.files);
    const [smallest] = files.sort((one, other) => one.bytes - other.bytes);
    if (smallest !== undefined) await requireOpens(await opener(), await storage.get(name, smallest.path));
  }
}

/** Several artifacts are read at once, and a person is asked for a passphrase once. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function openLegacy(place: Place, sourceOfFile: SourceOfFile): OpenedSet {
  const sources = legacySources(place.name, place.objects, sourceOfFile).map((source) => ({
    kind: source.kind,
    name: source.name,
    facts: undefined,
    serverVersion: undefined,
    artifacts: source.files.map((file) => ({
      fileName: fileNameOf(file.path),
      bytes: file.bytes,
      compression: undefined,
      open: () => place.storage.get(place.name, file.path),
    })),
  }));
  if (sources.length > 0)
    return { ...place, manifest: undefined, manifestSha256: undefined, sources, unlock: async () => {} };
  throw new Failure('not-found', {
    message: `"${place.name}" is not a set: it has no ${MANIFEST_FILE} and no dump that is known`,
  });
}

function recordedSource(place: OpenablePlace, source: ManifestSource): OpenedSource {
  const { fingerprint, details, warnings } = source;
  return {
    kind: source.kind,
    name: source.name,
    facts: { consistency: knownConsistency(source.consistency), fingerprint, details, warnings },
    serverVersion: source.serverVersion,
    artifacts: source.artifacts.map((artifact) => recordedArtifact(place, artifact)),
  };
}

function recordedArtifact(place: OpenablePlace, artifact: ManifestArtifact): ArtifactReader {
  return {
    fileName: fileNameOf(plainPath(artifact)),
    bytes: plainBytes(artifact),
    compression: knownCompression(artifact.compression),
    open: () => openArtifact(place, artifact),
  };
}

async function openArtifact(place: OpenablePlace, artifact: ManifestArtifact): Promise<Readable> {
  const { path, encryption } = artifact;
  if (encryption !== 'none' && encryption !== AGE) {
    throw new Failure('version', {
      message: `"${path}" is encrypted with "${encryption}", which this Holdfast cannot decrypt`,
    });
  }
  const opener = encryption === AGE ? await place.opener() : undefined;
  const stored = checkedStream(artifact, await place.storage.get(place.name, path));
  return opener ? sizedStream(artifact, opener.decrypt(stored)) : stored;
}

/** Relative to the folder of the kind. */
function fileNameOf(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

/** A word of a later version promises nothing that we know of. */
function knownConsistency(word: string): Consistency {
  const known: readonly Consistency[] = ['snapshot', 'oplog', 'fuzzy'];
  return known.find((one) => one === word) ?? 'fuzzy';
}

function knownCompression(word: string): Compression | undefined {
  const known: readonly Compression[] = ['none', 'gzip', 'pg_dump:gzip', 'pg_dump:zstd', 'pg_dump:none', 'pg_dump:lz4'];
  return known.find((one) => one === word);
}
