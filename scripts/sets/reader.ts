import type { Readable } from 'node:stream';
import { Failure } from '../common/failure.ts';
import type { Consistency } from '../common/kinds.ts';
import type { ArtifactReader, Compression, DumpFacts } from '../datastores/datastore.ts';
import type { Storage, StorageOptions, StoredObject } from '../storage/storage.ts';
import { checkedStream } from './checked-stream.ts';
import { sha256 } from './digest.ts';
import { legacySources, type SourceOfFile } from './legacy.ts';
import { MANIFEST_FILE, type Manifest, type ManifestArtifact, type ManifestSource } from './manifest.ts';
import { parseManifest } from './parse.ts';
import { readObject } from './read-object.ts';

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
}

/**
 * Opens a published set. Throws Failure "not-found" when there is none or it is not one, "damaged" when its manifest
 * is not as it was written, "version" when a later Holdfast wrote it.
 */
export async function openSet(
  storage: Storage,
  name: string,
  sourceOfFile: SourceOfFile,
  options: StorageOptions = {},
): Promise<OpenedSet> {
  const objects = await storage.objects(name, options);
  if (objects.length === 0)
    throw new Failure('not-found', { message: `found no set "${name}" in "${storage.location}"` });
  const opened = { storage, name, objects };
  if (!objects.some(({ path }) => path === `${name}/${MANIFEST_FILE}`)) return openLegacy(opened, sourceOfFile);
  const bytes = await readObject(storage, name, MANIFEST_FILE, options);
  const manifest = await parseManifest(bytes);
  if (manifest.id !== name) {
    throw new Failure('damaged', { message: `the manifest of "${name}" is of the set "${manifest.id}"` });
  }
  const sources = manifest.sources.map((source) => recordedSource(opened, source));
  return { ...opened, manifest, manifestSha256: sha256(bytes), sources };
}

type Place = Pick<OpenedSet, 'storage' | 'name' | 'objects'>;

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
  if (sources.length > 0) return { ...place, manifest: undefined, manifestSha256: undefined, sources };
  throw new Failure('not-found', {
    message: `"${place.name}" is not a set: it has no ${MANIFEST_FILE} and no dump that is known`,
  });
}

function recordedSource(place: Place, source: ManifestSource): OpenedSource {
  const { fingerprint, details, warnings } = source;
  return {
    kind: source.kind,
    name: source.name,
    facts: { consistency: knownConsistency(source.consistency), fingerprint, details, warnings },
    serverVersion: source.serverVersion,
    artifacts: source.artifacts.map((artifact) => recordedArtifact(place, artifact)),
  };
}

function recordedArtifact(place: Place, artifact: ManifestArtifact): ArtifactReader {
  return {
    fileName: fileNameOf(artifact.path),
    bytes: artifact.bytes,
    compression: knownCompression(artifact.compression),
    open: () => openArtifact(place, artifact),
  };
}

async function openArtifact(place: Place, artifact: ManifestArtifact): Promise<Readable> {
  if (artifact.encryption !== 'none') {
    throw new Failure('version', {
      message: `"${artifact.path}" is encrypted with "${artifact.encryption}", which this Holdfast cannot decrypt`,
    });
  }
  return checkedStream(artifact, await place.storage.get(place.name, artifact.path));
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
