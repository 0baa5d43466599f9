import { Readable } from 'node:stream';
import type { Opener, Sealer } from '../crypt/crypt.ts';
import type { Storage } from '../storage/storage.ts';
import { ArtifactStream, type StoredArtifact } from './artifact-stream.ts';
import { encodeWithDigest, sha256 } from './digest.ts';
import {
  AGE,
  AGE_SUFFIX,
  GUIDE_FILE,
  MANIFEST_FILE,
  type Manifest,
  type ManifestArtifact,
  SET_SCHEMA,
  SIGNATURE_FILE,
} from './manifest.ts';
import { reserveSet } from './name.ts';
import { claim, requireSameArtifacts, type StoredArtifacts } from './stored-artifacts.ts';

/** What the caller knows of a set; the writer adds the rest. `sources[].artifacts` come from {@link ArtifactGroup}. */
export type SetFacts = Omit<Manifest, 'schema' | 'id' | 'extras'>;

/** Options of {@link openSetWriter}. */
export interface WriterOptions {
  /** Aborting it breaks every open artifact. `abandon` works all the same. */
  readonly signal?: AbortSignal;
  /** Encrypts every artifact, and decrypts what this writer encrypted; artifacts are stored plain without it. */
  readonly sealing?: WriterSealing | undefined;
}

/** What encrypts artifacts, and decrypts what it encrypted. */
interface WriterSealing {
  readonly sealer: Sealer;
  readonly opener: Opener;
}

/** A file that belongs to the set but to no source, such as a protected identity. */
export interface ExtraFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** What is done at the end of {@link SetWriter.finish}. */
export interface FinishOptions {
  /** The text of RESTORE.md, made from the manifest without its extras. */
  readonly guide: (manifest: Omit<Manifest, 'extras'>) => string;
  /** Files beside RESTORE.md; they are stored as they are. */
  readonly extras?: readonly ExtraFile[];
  /** Gives the signature of the manifest's bytes, where sets are signed. */
  readonly sign?: ((manifest: Buffer) => Promise<Buffer>) | undefined;
  /** Called right before the set becomes visible; throws when it must not (the lock was lost). */
  readonly beforePublish?: () => Promise<void>;
}

/** The artifacts of one source. */
export interface ArtifactGroup {
  /** An `ArtifactSink` of datastores/datastore.ts: opens `<folder>/<fileName>`. */
  readonly sink: (fileName: string, facts: { compression: string }) => ArtifactStream;
  /** What was stored whole so far, for `ManifestSource.artifacts`. */
  readonly artifacts: () => readonly ManifestArtifact[];
  /** Reads a stored artifact back, decrypted, before the set is published. */
  readonly open: (artifact: ManifestArtifact) => Promise<Readable>;
  /** Removes all of them, those that are still open too: the source failed after some were stored. A later try may use the names again. */
  readonly discard: () => Promise<void>;
}

/** Options of {@link SetWriter.group}. */
export interface GroupOptions {
  /** Hears the size of every piece that is taken, for showing progress. */
  readonly onBytes?: (bytes: number) => void;
  /** About how much each artifact will have, when known. */
  readonly expectedBytes?: number | undefined;
  /** In the place of the writer's: for recipients of its own. */
  readonly sealing?: WriterSealing | undefined;
}

/** A set that is being written. Ends with `finish` or `abandon`; until `finish` is done nobody sees it. */
export interface SetWriter {
  readonly name: string;
  /** A new group of artifacts in the folder of a kind, such as "postgres". */
  readonly group: (folder: string, options?: GroupOptions) => ArtifactGroup;
  /**
   * Puts RESTORE.md, then manifest.json, then makes the set visible; gives the manifest as written and its sha256.
   * Throws Failure "internal" when the manifest does not name exactly what was stored.
   */
  readonly finish: (facts: SetFacts, options: FinishOptions) => Promise<{ manifest: Manifest; manifestSha256: string }>;
  /** Removes everything, open artifacts included. Idempotent; does nothing once the set is published. */
  readonly abandon: () => Promise<void>;
}

/** Reserves a set named after `now` and opens it for writing. Throws Failure of the storage. */
export async function openSetWriter(storage: Storage, now: Date, options: WriterOptions = {}): Promise<SetWriter> {
  const name = await reserveSet(storage, now, signalOf(options));
  const state: WriterState = { storage, name, options, streams: [], stored: new Map(), published: false };
  return {
    name,
    group: (folder, groupOptions = {}) => openGroup(state, folder, groupOptions),
    finish: (facts, finishing) => finish(state, facts, finishing),
    abandon: () => abandon(state),
  };
}

interface WriterState {
  readonly storage: Storage;
  readonly name: string;
  readonly options: WriterOptions;
  readonly streams: ArtifactStream[];
  readonly stored: StoredArtifacts;
  published: boolean;
}

function openGroup(
  state: WriterState,
  folder: string,
  { onBytes, expectedBytes, sealing = state.options.sealing }: GroupOptions,
): ArtifactGroup {
  const own = new Map<string, ManifestArtifact>();
  const streams: ArtifactStream[] = [];
  return {
    sink: (fileName, { compression }) => {
      const path = `${folder}/${fileName}${sealing ? AGE_SUFFIX : ''}`;
      claim(state.stored, path);
      const record = (stored: StoredArtifact) => {
        const artifact = { path, ...stored, compression, encryption: sealing ? AGE : 'none' };
        own.set(path, artifact);
        state.stored.set(path.toLowerCase(), artifact);
      };
      const stream = openArtifact(state, path, { record, onBytes, sealer: sealing?.sealer }, expectedBytes);
      streams.push(stream);
      return stream;
    },
    artifacts: () => [...own.values()],
    open: (artifact) => readBack(state, artifact, sealing),
    discard: async () => {
      // A dump that failed may not have waited until its artifact was closed.
      await Promise.all(streams.map((stream) => stream.stop()));
      for (const path of own.keys()) {
        await state.storage.discard(state.name, path);
        state.stored.delete(path.toLowerCase());
        own.delete(path);
      }
    },
  };
}

async function readBack(
  { storage, name, options }: WriterState,
  { path }: ManifestArtifact,
  sealing: WriterSealing | undefined,
): Promise<Readable> {
  const stored = await storage.get(name, path, { ...signalOf(options), unfinished: true });
  return sealing?.opener.decrypt(stored) ?? stored;
}

/** What a storage is to know of the options of a writer. */
function signalOf({ signal }: WriterOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

interface ArtifactListeners {
  readonly record: (stored: StoredArtifact) => void;
  readonly onBytes: ((bytes: number) => void) | undefined;
  readonly sealer: Sealer | undefined;
}

function openArtifact(
  state: WriterState,
  path: string,
  listeners: ArtifactListeners,
  expectedBytes: number | undefined,
): ArtifactStream {
  const put = (body: Readable, signal: AbortSignal) =>
    state.storage.put(state.name, path, body, { signal, expectedBytes });
  const stream = new ArtifactStream(put, {
    ...listeners,
    release: async () => {
      await state.storage.discard(state.name, path);
      state.stored.delete(path.toLowerCase());
    },
    signal: state.options.signal,
  });
  state.streams.push(stream);
  return stream;
}

async function finish(state: WriterState, facts: SetFacts, finishing: FinishOptions) {
  requireSameArtifacts(state.stored, facts);
  const options = signalOf(state.options);
  const put = (path: string, bytes: Buffer) => state.storage.put(state.name, path, Readable.from([bytes]), options);
  const draft = { schema: SET_SCHEMA, id: state.name, ...facts } as const;
  const files = [...(finishing.extras ?? []), { path: GUIDE_FILE, bytes: Buffer.from(finishing.guide(draft)) }];
  const extras = files.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
  const manifest: Manifest = { ...draft, extras };
  const bytes = encodeWithDigest(manifest);
  for (const file of files) await put(file.path, file.bytes);
  const signature = await finishing.sign?.(bytes);
  if (signature) await put(SIGNATURE_FILE, signature);
  await put(MANIFEST_FILE, bytes);
  await finishing.beforePublish?.();
  await state.storage.publish(state.name, options);
  state.published = true;
  return { manifest, manifestSha256: sha256(bytes) };
}

async function abandon(state: WriterState): Promise<void> {
  if (state.published) return;
  await Promise.all(state.streams.map((stream) => stream.stop()));
  await state.storage.remove(state.name, { unfinished: true });
}
