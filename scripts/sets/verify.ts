import { createHash } from 'node:crypto';
import type { Context } from '../common/context.ts';
import { Failure, toFailure } from '../common/failure.ts';
import { runPool } from '../common/pool.ts';
import { release } from '../common/release.ts';
import { totalBytes } from '../common/total-bytes.ts';
import { differenceOf } from './checked-stream.ts';
import { MANIFEST_FILE, type Manifest, SIGNATURE_FILE } from './manifest.ts';
import { isPinFile } from './pin.ts';
import { isProofFile, readProofs } from './proof.ts';
import type { OpenedSet } from './reader.ts';
import { authorOf } from './signature.ts';

/** While one is read the other is hashed; more would only take memory. */
const FILES_AT_ONCE = 3;

declare const verified: unique symbol;

/**
 * A set of which every byte was compared with its manifest. Only {@link verifyIntact} makes one, so that a destructive
 * step can ask for it by type. A set without a manifest was only read to the end.
 */
export type VerifiedSet = OpenedSet & { readonly [verified]: true };

/** What {@link verifyIntact} found. */
export type Verification = {
  /** Bytes that were read. */
  readonly bytes: number;
  /** Files that neither the manifest nor a proof or a pin accounts for: told, never a failure. */
  readonly foreign: readonly string[];
} & (
  | {
      readonly intact: true;
      readonly set: VerifiedSet;
      /** Who signed it, where signatures are asked for. */
      readonly signer: string | undefined;
    }
  | {
      readonly intact: false;
      readonly problems: readonly string[];
      /** Every byte is as the manifest says, but none of the allowed signers vouches for the manifest. */
      readonly untrusted: boolean;
    }
);

/**
 * Reads every file that the manifest names, and compares size and sha256; where only signed sets are taken, it looks at
 * the signature before. What is wrong with the set is a result; a
 * Failure is thrown only when the storage cannot be read at all or the run is aborted.
 */
export async function verifyIntact(set: OpenedSet, context: Context): Promise<Verification> {
  const author = set.trust && (await authorOf(set, set.trust, context.signal));
  const checked = await runPool(expectedFiles(set), FILES_AT_ONCE, async ({ source, file }) => {
    const found = await checkFile(set, source, file, context);
    if (found.problem === undefined) context.report({ kind: 'done', source, bytes: found.bytes });
    else context.report({ kind: 'failed', source, message: found.problem });
    return found;
  });
  const problems = checked.map(({ problem }) => problem).filter((problem) => problem !== undefined);
  const bytes = totalBytes(checked);
  const foreign = await foreignFiles(set, context);
  for (const path of foreign) {
    context.report({ kind: 'note', message: `"${set.name}/${path}" is not of this set: it is left alone` });
  }
  if (author?.problem !== undefined || problems.length > 0) {
    const all = [author?.problem, ...problems].filter((problem) => problem !== undefined);
    return { intact: false, problems: all, untrusted: problems.length === 0, bytes, foreign };
  }
  return { intact: true, set: set as VerifiedSet, signer: author?.signer, bytes, foreign };
}

/** {@link verifyIntact} for a restore: gives the verified set or throws Failure "damaged" with every problem. */
export async function requireIntact(set: OpenedSet, context: Context): Promise<VerifiedSet> {
  const found = await verifyIntact(set, context);
  if (found.intact) return found.set;
  throw new Failure('damaged', {
    message: `the set "${set.name}" is ${found.untrusted ? 'not to be trusted' : 'damaged'}: ${found.problems[0]}`,
    detail: found.problems.slice(1).join('\n') || undefined,
    step: 'check',
    ...(found.untrusted && { hint: 'another set; or this one with --allow-unsigned, if you know who made it' }),
  });
}

interface Expected {
  /** For people: "postgres/app", or the name of an extra file. */
  readonly source: string;
  readonly file: { readonly path: string; readonly bytes: number; readonly sha256?: string };
}

function expectedFiles(set: OpenedSet): Expected[] {
  return set.manifest === undefined ? legacyFiles(set) : recordedFiles(set.manifest);
}

function recordedFiles({ sources, extras }: Manifest): Expected[] {
  return [
    ...sources.flatMap(({ kind, name, artifacts }) => artifacts.map((file) => ({ source: `${kind}/${name}`, file }))),
    ...extras.map((file) => ({ source: file.path, file })),
  ];
}

function legacyFiles({ sources }: OpenedSet): Expected[] {
  return sources.flatMap(({ kind, name, artifacts }) =>
    artifacts.map(({ fileName, bytes }) => ({
      source: `${kind}/${name}`,
      file: { path: `${kind}/${fileName}`, bytes },
    })),
  );
}

async function checkFile(set: OpenedSet, source: string, file: Expected['file'], context: Context) {
  context.report({ kind: 'step', source, step: 'check', expectedBytes: file.bytes });
  const object = set.objects.find(({ path }) => path === `${set.name}/${file.path}`);
  if (object === undefined) return { bytes: 0, problem: `"${file.path}" is missing` };
  try {
    const found = await readToEnd(set, source, file.path, context);
    return { bytes: found.bytes, problem: differenceOf({ sha256: found.sha256, ...file }, found) };
  } catch (error) {
    const failure = toFailure(error, { source, step: 'check' });
    if (failure.code === 'interrupted' || failure.code === 'unreachable') throw failure;
    // A file that cannot be read (EIO, no right to) is a property of the set; the others are checked all the same.
    return { bytes: 0, problem: `"${file.path}" cannot be read: ${failure.detail ?? failure.message}` };
  }
}

async function readToEnd(set: OpenedSet, source: string, path: string, { signal, report }: Context) {
  const onBytes = (read: number): void => report({ kind: 'progress', source, bytes: read });
  const found = await set.storage.digest?.(set.name, path, { signal, onBytes });
  if (found !== undefined) return found;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of await set.storage.get(set.name, path, { signal })) {
    hash.update(chunk);
    bytes += chunk.length;
    release(chunk);
    onBytes(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function foreignFiles(set: OpenedSet, { signal }: Context): Promise<string[]> {
  const known = new Set([MANIFEST_FILE, SIGNATURE_FILE, ...expectedFiles(set).map(({ file }) => file.path)]);
  const paths = set.objects.map(({ path }) => path.slice(set.name.length + 1)).filter((path) => !known.has(path));
  const files = paths.filter(isProofFile);
  const { broken } = await readProofs(set.storage, set.name, files, set.manifestSha256, { signal });
  return [...paths.filter((path) => !isProofFile(path) && !isPinFile(path)), ...broken];
}
