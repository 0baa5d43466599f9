import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { Sealing } from '../../crypt/select.ts';
import type { ArtifactReader, ReadReport } from '../../datastores/datastore.ts';
import { isKind, loadDatastore } from '../../datastores/index.ts';
import { checkedStream } from '../../sets/checked-stream.ts';
import {
  type Manifest,
  type ManifestArtifact,
  type ManifestSource,
  plainBytes,
  plainPath,
} from '../../sets/manifest.ts';
import { writeProof } from '../../sets/proof.ts';
import type { OpenedSet, OpenedSource } from '../../sets/reader.ts';
import { requireIntact } from '../../sets/verify.ts';
import { type ArtifactGroup, openSetWriter, type SetFacts, type SetWriter } from '../../sets/writer.ts';
import { guideWriter } from '../backup/guide.ts';
import { sourceLabel } from '../choose.ts';
import type { Hold } from '../hold.ts';
import { openChosen } from '../open.ts';
import { proofBy } from '../proof-by.ts';
import { readySigner } from '../signing.ts';
import type { Workbench } from '../workbench.ts';
import { protectedIdentity, readySecretsSealing } from './encryption.ts';

/** What a set is encrypted anew with. */
export interface Reencryption {
  readonly bench: Workbench;
  readonly sealing: Sealing;
  readonly hold: Hold;
}

type Proven = { readonly source: string; readonly summary: string };

/**
 * Writes the content of a set anew under a name of the same minute, for other keys: every artifact is decrypted, encrypted,
 * stored, read back to its end by the store's own rules, and compared with what was read from the old set. The old set is
 * not touched. Gives the name of the new one. Throws "damaged" when the old set is, "settings" or "denied" without its key.
 */
export async function reencryptSet(name: string, work: Reencryption): Promise<string> {
  const { bench, sealing, hold } = work;
  const { context, storage } = bench;
  const old = await openChosen(bench, name);
  const { manifest } = old;
  if (manifest === undefined)
    throw new Failure('usage', { message: `"${name}" has no manifest, so it cannot be written anew` });
  await old.unlock();
  await requireIntact(old, context);
  const sign = await readySigner(bench);
  const writer = await openSetWriter(storage, new Date(manifest.createdAt), { signal: context.signal, sealing });
  try {
    const { sources, proven } = await writeSources(old, manifest, writer, work);
    const facts = factsOf(manifest, sources, sealing.recipients);
    const extras = await protectedIdentity(bench);
    const guide = await guideWriter(facts, { signed: sign !== undefined, ownIdentity: extras.length > 0 });
    const made = await writer.finish(facts, { guide, sign, extras, beforePublish: hold.requireMine });
    await prove(made, proven, bench);
  } catch (error) {
    // The reason of the failure is the one to tell; what cannot be removed now is swept by a later run.
    await writer.abandon().catch(() => undefined);
    throw error;
  }
  return writer.name;
}

async function writeSources(old: OpenedSet, manifest: Manifest, writer: SetWriter, { bench }: Reencryption) {
  const secretsSealing = await readySecretsSealing(bench);
  const sources: ManifestSource[] = [];
  const proven: Proven[] = [];
  for (const [index, opened] of old.sources.entries()) {
    const recorded = manifest.sources[index];
    if (recorded === undefined)
      throw new Failure('internal', { message: 'a set was opened with other sources than it has' });
    const label = sourceLabel(recorded);
    bench.context.report({ kind: 'step', source: label, step: 'encrypt' });
    const sealing = recorded.kind === 'secrets' ? secretsSealing : undefined;
    const { group, sums } = await writeArtifacts(opened, recorded, writer, sealing);
    const report = await readBack(opened, group, sums, bench);
    if (report) proven.push({ source: label, summary: report.summary });
    const { recipients: _old, ...facts } = recorded;
    const own = sealing && { recipients: sealing.recipients };
    sources.push({ ...facts, ...own, artifacts: group.artifacts() });
    bench.context.report({
      kind: 'done',
      source: label,
      bytes: totalBytes(group.artifacts()),
    });
  }
  return { sources, proven };
}

/** Gives the sha256 of the plain bytes of each artifact as they were read, by their paths without the ending of age. */
async function writeArtifacts(opened: OpenedSource, recorded: ManifestSource, writer: SetWriter, sealing?: Sealing) {
  const [first] = recorded.artifacts;
  const group = writer.group(first === undefined ? recorded.kind : posix.dirname(plainPath(first)), { sealing });
  const sums = new Map<string, string>();
  for (const [index, artifact] of recorded.artifacts.entries()) {
    const reader = opened.artifacts[index];
    if (reader === undefined) throw new Failure('internal', { message: `"${artifact.path}" was not opened` });
    const sink = group.sink(posix.basename(plainPath(artifact)), { compression: artifact.compression });
    const hash = createHash('sha256');
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(await reader.open(), tap, sink);
    sums.set(plainPath(artifact), hash.digest('hex'));
  }
  return { group, sums };
}

/** Reads what was stored to its end; a kind of a later version is only compared. */
async function readBack(
  opened: OpenedSource,
  group: ArtifactGroup,
  sums: ReadonlyMap<string, string>,
  { context }: Workbench,
): Promise<ReadReport | undefined> {
  const artifacts = group
    .artifacts()
    .map((artifact, index) => readerOf(opened.artifacts[index], artifact, group, sums));
  const { kind } = opened;
  for (const artifact of artifacts) for await (const _piece of await artifact.open()) context.signal.throwIfAborted();
  return isKind(kind) ? await (await loadDatastore(kind)).read({ ...opened, kind, artifacts }, context) : undefined;
}

function readerOf(
  old: ArtifactReader | undefined,
  artifact: ManifestArtifact,
  group: ArtifactGroup,
  sums: ReadonlyMap<string, string>,
): ArtifactReader {
  const path = plainPath(artifact);
  const expected = { path, bytes: plainBytes(artifact), sha256: sums.get(path) ?? '' };
  return {
    fileName: posix.basename(path),
    bytes: expected.bytes,
    compression: old?.compression,
    open: async () => checkedStream(expected, await group.open(artifact)),
  };
}

/** What was true of the old set is true of the new one; its time too, so that retention counts it as it did. */
function factsOf(manifest: Manifest, sources: readonly ManifestSource[], recipients: readonly string[]): SetFacts {
  const { schema: _schema, extras: _extras, id, ...facts } = manifest;
  const { digest: _digest, ...kept } = facts as typeof facts & { readonly digest?: unknown };
  return { ...kept, sources, recipients, reencryptedFrom: id };
}

async function prove(
  { manifest, manifestSha256 }: { manifest: Manifest; manifestSha256: string },
  proven: readonly Proven[],
  bench: Workbench,
) {
  const level = proven.length === manifest.sources.length ? 'readable' : 'intact';
  await writeProof(bench.storage, proofBy(bench, { set: manifest.id, level, manifestSha256, sources: proven }));
}
