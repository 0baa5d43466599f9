import { Readable } from 'node:stream';
import type { Context } from '../common/context.ts';
import { Failure } from '../common/failure.ts';
import { totalBytes } from '../common/total-bytes.ts';
import type { Storage } from '../storage/storage.ts';
import { checkedStream } from './checked-stream.ts';
import { sha256 } from './digest.ts';
import { MANIFEST_FILE, type Manifest, SIGNATURE_FILE } from './manifest.ts';
import { parseManifest } from './parse.ts';
import { isProofFile } from './proof.ts';
import { readObject } from './read-object.ts';

/** What {@link copySet} did. */
export interface CopiedSet {
  /** False when the very same set was there already: only proofs that it lacked were added. */
  readonly copied: boolean;
  readonly bytes: number;
}

/** Files of a set that travel at the same time; each may need several buffers of its own. */
const FILES_AT_ONCE = 3;

/**
 * Brings a complete set to another storage: every file is compared with the manifest on its way, the manifest goes last,
 * then the proofs follow. What was begun and failed is removed again. Throws Failure "damaged" when the set is not what
 * its manifest says, "storage" when another set has its name there. `judge`: throws when the set must not go there.
 */
export async function copySet(
  from: Storage,
  to: Storage,
  set: string,
  context: Context,
  judge: (manifest: Manifest) => void = () => undefined,
): Promise<CopiedSet> {
  const { signal } = context;
  const bytes = await readObject(from, set, MANIFEST_FILE, { signal });
  const manifest = await parseManifest(bytes);
  judge(manifest);
  const there = await manifestThere(to, set, signal);
  if (there !== undefined && there !== sha256(bytes)) throw otherSet(set, to);
  const copied = there === undefined;
  if (copied) await copyFiles({ from, to, set, context }, manifest, bytes);
  await copyProofs({ from, to, set, context });
  return { copied, bytes: copied ? bytes.length + totalBytes(filesOf(manifest)) : 0 };
}

interface Way {
  readonly from: Storage;
  readonly to: Storage;
  readonly set: string;
  readonly context: Context;
}

async function manifestThere(to: Storage, set: string, signal: AbortSignal): Promise<string | undefined> {
  const manifest = await unlessMissing(readObject(to, set, MANIFEST_FILE, { signal }));
  return manifest && sha256(manifest);
}

async function unlessMissing<Content>(reading: Promise<Content>): Promise<Content | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}

function otherSet(set: string, { location }: Storage): Failure {
  return new Failure('storage', {
    message: `"${location}" holds another set of the name "${set}"`,
    stands: 'nothing was replaced there',
    hint: 'give each installation a folder of its own in a storage that several share',
  });
}

/** In the order of the manifest, so that the largest artifacts are not all at the end. */
function filesOf({ sources, extras }: Manifest): { path: string; bytes: number; sha256: string }[] {
  return [...sources.flatMap(({ artifacts }) => artifacts), ...extras];
}

async function copyFiles({ from, to, set, context }: Way, manifest: Manifest, manifestBytes: Buffer): Promise<void> {
  const { signal } = context;
  await to.reserve(set, { signal });
  try {
    const waiting = filesOf(manifest).values();
    const lane = async () => {
      for (const file of waiting) {
        signal.throwIfAborted();
        const body = checkedStream(file, await from.get(set, file.path, { signal }));
        await to.put(set, file.path, body, { signal, expectedBytes: file.bytes });
        context.report({ kind: 'done', source: `${set}/${file.path}`, bytes: file.bytes });
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, lane));
    const broken = ended.find((lane) => lane.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    const signature = await signatureOf(from, set, signal);
    if (signature) await to.put(set, SIGNATURE_FILE, Readable.from([signature]), { signal });
    await to.put(set, MANIFEST_FILE, Readable.from([manifestBytes]), { signal });
    await to.publish(set, { signal });
  } catch (error) {
    // The reason of the failure is the one to tell; what cannot be removed now is swept by a later run.
    await to.remove(set, { unfinished: true }).catch(() => undefined);
    throw error;
  }
}

/** Undefined where the set is not signed. */
function signatureOf(from: Storage, set: string, signal: AbortSignal): Promise<Buffer | undefined> {
  return unlessMissing(readObject(from, set, SIGNATURE_FILE, { signal }));
}

async function copyProofs({ from, to, set, context: { signal } }: Way): Promise<void> {
  const named = async (storage: Storage) =>
    (await storage.objects(set, { signal }))
      .map(({ path }) => path.slice(set.length + 1))
      .filter((path) => isBeside(path));
  const there = new Set(await named(to));
  for (const path of await named(from)) {
    if (!there.has(path)) await to.add(set, path, await readObject(from, set, path, { signal }), { signal });
  }
}

/** What is added to a set after it was published. */
function isBeside(path: string): boolean {
  return isProofFile(path) || /^(?:un)?pin-[\w-]+\.json$/.test(path);
}
