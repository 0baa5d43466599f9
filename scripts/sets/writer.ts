import { Readable } from 'node:stream';
import { Failure } from '../common/failure.ts';
import type { Storage } from '../storage/storage.ts';
import { ArtifactStream, type StoredArtifact } from './artifact-stream.ts';
import { encodeWithDigest, sha256 } from './digest.ts';
import {
  GUIDE_FILE,
  MANIFEST_FILE,
  type Manifest,
  type ManifestArtifact,
  SET_SCHEMA,
  SIGNATURE_FILE,
} from './manifest.ts';
import { reserveSet } from './name.ts';

/** What the caller knows of a set; the writer adds the rest. `sources[].artifacts` come from {@link ArtifactGroup}. */
export type SetFacts = Omit<Manifest, 'schema' | 'id' | 'extras'>;

/** Options of {@link openSetWriter}. */
export interface WriterOptions {
  /** Aborting it breaks every open artifact. `abandon` works all the same. */
  readonly signal?: AbortSignal;
}

/** What is done at the end of {@link SetWriter.finish}. */
export interface FinishOptions {
  /** The text of RESTORE.md, made from the manifest without its extras. */
  readonly guide: (manifest: Omit<Manifest, 'extras'>) => string;
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
  /** Reads a stored artifact back before the set is published. */
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
  const name = await reserveSet(storage, now, options);
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
  /** By path in lower case: on a file system that ignores case, "App.dump" and "app.dump" are one file. */
  readonly stored: Map<string, ManifestArtifact | 'open'>;
  published: boolean;
}

function openGroup(state: WriterState, folder: string, { onBytes, expectedBytes }: GroupOptions): ArtifactGroup {
  const own = new Map<string, ManifestArtifact>();
  const streams: ArtifactStream[] = [];
  return {
    sink: (fileName, { compression }) => {
      const path = `${folder}/${fileName}`;
      claim(state, path);
      const record = (stored: StoredArtifact) => {
        const artifact = { path, ...stored, compression, encryption: 'none' };
        own.set(path, artifact);
        state.stored.set(path.toLowerCase(), artifact);
      };
      const stream = openArtifact(state, path, { record, onBytes }, expectedBytes);
      streams.push(stream);
      return stream;
    },
    artifacts: () => [...own.values()],
    open: (artifact) => state.storage.get(state.name, artifact.path, { ...state.options, unfinished: true }),
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

function claim(state: WriterState, path: string): void {
  const taken = state.stored.get(path.toLowerCase());
  if (taken !== undefined) {
    const other = taken === 'open' ? 'one that is being written' : `"${taken.path}"`;
    const message = `the artifact "${path}" would have the name of ${other} on systems that ignore case`;
    throw new Failure('storage', { message, step: 'dump' });
  }
  state.stored.set(path.toLowerCase(), 'open');
}

interface ArtifactListeners {
  readonly record: (stored: StoredArtifact) => void;
  readonly onBytes: ((bytes: number) => void) | undefined;
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

async function finish(state: WriterState, facts: SetFacts, { guide, sign, beforePublish }: FinishOptions) {
  requireSameArtifacts(state, facts);
  const draft = { schema: SET_SCHEMA, id: state.name, ...facts } as const;
  const text = Buffer.from(guide(draft));
  const extras = [{ path: GUIDE_FILE, bytes: text.length, sha256: sha256(text) }];
  const manifest: Manifest = { ...draft, extras };
  const bytes = encodeWithDigest(manifest);
  await state.storage.put(state.name, GUIDE_FILE, Readable.from([text]), state.options);
  const signature = await sign?.(bytes);
  if (signature) await state.storage.put(state.name, SIGNATURE_FILE, Readable.from([signature]), state.options);
  await state.storage.put(state.name, MANIFEST_FILE, Readable.from([bytes]), state.options);
  await beforePublish?.();
  await state.storage.publish(state.name, state.options);
  state.published = true;
  return { manifest, manifestSha256: sha256(bytes) };
}

/** A set never quietly lacks something, and never holds what nobody names (rule 6 of the design). */
function requireSameArtifacts(state: WriterState, facts: SetFacts): void {
  const named = new Map(facts.sources.flatMap(({ artifacts }) => artifacts).map((one) => [one.path, one.sha256]));
  for (const [path, artifact] of state.stored) {
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

async function abandon(state: WriterState): Promise<void> {
  if (state.published) return;
  await Promise.all(state.streams.map((stream) => stream.stop()));
  await state.storage.remove(state.name, { unfinished: true });
}
