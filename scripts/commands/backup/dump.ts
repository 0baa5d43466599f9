import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { Sealing } from '../../crypt/select.ts';
import { completeFacts } from '../../datastores/complete-facts.ts';
import type { Compression, DumpFacts, ReadReport, StoredSource } from '../../datastores/datastore.ts';
import { type ManifestArtifact, type ManifestSource, plainBytes, plainPath } from '../../sets/manifest.ts';
import type { ArtifactGroup, SetWriter } from '../../sets/writer.ts';
import { sourceFolder } from '../choose.ts';
import type { PlannedDump } from './plan.ts';

/** A dump that was taken, stored, and read back to its end. */
export interface TakenDump {
  readonly source: ManifestSource;
  /** How the check was made, for the proof. */
  readonly report: ReadReport;
}

/** Where dumps go. */
export interface DumpTarget {
  readonly writer: SetWriter;
  /** Encrypts secrets in the place of the writer's own. */
  readonly secretsSealing: Sealing | undefined;
}

/**
 * Takes one dump into the set, then reads what was stored back to its end. Throws a Failure when the dump or the check
 * failed; nothing of the source stays in the set then. `last`: what the last set had of it.
 */
export async function takeDump(
  dump: PlannedDump,
  { writer, secretsSealing }: DumpTarget,
  context: Context,
  last?: LastDump,
): Promise<TakenDump> {
  const expectedBytes = last?.bytes;
  const { from, source, label } = dump;
  const folder = sourceFolder({ kind: source.kind, server: from.address.name });
  const sealing = source.kind === 'secrets' ? secretsSealing : undefined;
  const group = writer.group(folder, { onBytes: byteReporter(label, context), expectedBytes, sealing });
  const startedAt = new Date().toISOString();
  try {
    const facts = await from.server.dump(source, group.sink, context);
    const artifacts = group.artifacts();
    requireBytes(artifacts);
    context.report({ kind: 'step', source: label, step: 'check' });
    const report = await from.datastore.read(storedSource(dump, facts, group), context);
    context.report({ kind: 'done', source: label, bytes: totalBytes(artifacts) });
    const complete = completeFacts(facts, report);
    if (from.datastore.failsWhenEmptied && last !== undefined) requireNotEmptied(complete, last);
    const recipients = sealing && { recipients: sealing.recipients };
    return { source: { ...describeSource(dump, complete, artifacts, startedAt), ...recipients }, report };
  } catch (error) {
    await group.discard();
    throw error;
  }
}

/** What the newest complete set has of a source. */
export interface LastDump {
  /** Of its artifacts. */
  readonly bytes: number;
  readonly rows: number;
}

/** A folder that lost everything over night was most likely not mounted. */
function requireNotEmptied({ fingerprint }: DumpFacts, { rows }: LastDump): void {
  if (rows === 0 || Object.values(fingerprint.counts).some((count) => count > 0)) return;
  if (Object.keys(fingerprint.counts).length === 0) return;
  const message = `it is empty now, and had ${rows} files and links in the last set`;
  const hint = 'is it mounted? when it is meant to be empty, put a file into it';
  throw new Failure('damaged', { message, step: 'check', hint });
}

/** Tells how many bytes of the source went by; more often than people can read would only cost time. */
const REPORT_EVERY_BYTES = 1024 * 1024;

function byteReporter(label: string, context: Context): (more: number) => void {
  let bytes = 0;
  let reported = 0;
  return (more) => {
    bytes += more;
    if (bytes - reported < REPORT_EVERY_BYTES) return;
    reported = bytes;
    context.report({ kind: 'progress', source: label, bytes });
  };
}

/** "A dump of zero bytes" is how most broken backups look (pitfall b1). */
function requireBytes(artifacts: readonly ManifestArtifact[]): void {
  const empty = artifacts.find((artifact) => plainBytes(artifact) === 0);
  if (artifacts.length > 0 && !empty) return;
  const message = empty ? `the dump "${empty.path}" is empty` : 'the dump left no artifact';
  throw new Failure('damaged', { message, step: 'check', stands: 'the dump was thrown away; older sets stay' });
}

function storedSource({ source, from }: PlannedDump, facts: DumpFacts, group: ArtifactGroup): StoredSource {
  return {
    kind: source.kind,
    name: source.name,
    facts,
    serverVersion: from.server.version,
    artifacts: group.artifacts().map((artifact) => ({
      fileName: plainPath(artifact).split('/').at(-1) ?? plainPath(artifact),
      bytes: plainBytes(artifact),
      compression: artifact.compression as Compression,
      open: () => group.open(artifact),
    })),
  };
}

function describeSource(
  { source, from }: PlannedDump,
  facts: DumpFacts,
  artifacts: readonly ManifestArtifact[],
  startedAt: string,
): ManifestSource {
  return {
    kind: source.kind,
    name: source.name,
    server: from.address.name,
    engine: from.address.engine.name,
    engineVersion: from.engineVersion,
    serverVersion: from.server.version,
    ...(from.address.image === undefined ? {} : { image: from.address.image }),
    tools: from.server.tools,
    consistency: facts.consistency,
    startedAt,
    finishedAt: new Date().toISOString(),
    fingerprint: facts.fingerprint,
    details: facts.details,
    warnings: facts.warnings,
    artifacts,
  };
}
