import { hostname } from 'node:os';
import { Failure, toFailure } from '../common/failure.ts';
import { runPool } from '../common/pool.ts';
import type { Manifest, ManifestAbsence } from '../sets/manifest.ts';
import { writeProof } from '../sets/proof.ts';
import { openSetWriter, type SetFacts, type SetWriter } from '../sets/writer.ts';
import { type BackupPlan, type PlannedDump, planBackup, reasonOf, stoppedServers } from './backup-plan.ts';
import { printBackupPlan, printBackupResult } from './backup-words.ts';
import { chosenKinds, parseChoice, sourceLabel } from './choose.ts';
import { type Delivery, deliver } from './deliver.ts';
import { type Destination, inOrderOfWriting, isOfStorage } from './destinations.ts';
import { type TakenDump, takeDump } from './dump.ts';
import { guideWriter } from './guide.ts';
import { type Hold, holdLock } from './hold.ts';
import { applyRetention, type RetentionOutcome } from './retention.ts';
import { closeServers, connectServers } from './servers.ts';
import { at, catalogOf, findServers, openWorkbench, type Room, type Workbench } from './workbench.ts';

/** The flags of `holdfast backup`. */
export interface BackupFlags {
  readonly sources: readonly string[];
  readonly components?: string;
  readonly label?: string;
  readonly dryRun?: boolean;
  readonly version: string;
}

/** What a backup did. */
export interface BackupOutcome {
  readonly manifest: Manifest;
  readonly retention: RetentionOutcome;
  readonly milliseconds: number;
  /** Where the set was written. */
  readonly destination: Destination;
  /** What became of the other destinations. */
  readonly deliveries: readonly Delivery[];
}

/** Dumps, checks, publishes, prunes. Exit code 0, or 3 when some sources failed and the others were kept. */
export async function backup(flags: BackupFlags, room: Room): Promise<number> {
  const began = new Date();
  const choice = parseChoice([...flags.sources, ...(flags.components ? [flags.components] : [])]);
  const opened = await openWorkbench(room);
  const [first = opened.destinations[0], ...others] = inOrderOfWriting(opened.destinations);
  if (first === undefined) throw new Failure('settings', { message: 'BACKUP_STORAGE names no storage' });
  const bench = { ...opened, ...at(first) };
  const kinds = chosenKinds(choice);
  const found = await findServers(bench, kinds);
  const { connected, unreached } = await connectServers(found, bench.context);
  try {
    const answered = await planBackup(connected, unreached, choice, bench.context);
    const plan = { ...answered, skipped: [...stoppedServers(found, kinds), ...answered.skipped] };
    if (flags.dryRun) return printBackupPlan(plan, bench);
    return printBackupResult(await backUp({ plan, flags, bench, began }, [first, ...others]), bench);
  } finally {
    await closeServers(connected);
  }
}

interface Wish {
  readonly plan: BackupPlan;
  readonly flags: BackupFlags;
  readonly bench: Workbench;
  readonly began: Date;
}

interface Run extends Wish {
  readonly hold: Hold;
}

type MadeSet = Pick<BackupOutcome, 'manifest' | 'retention' | 'milliseconds'>;

/**
 * Makes the set in the first destination, then brings it to the others: the servers are read once, and a slow storage
 * keeps neither a dump nor another storage waiting. Where the first one fails, the next takes its place.
 */
async function backUp(wish: Wish, destinations: readonly Destination[]): Promise<BackupOutcome> {
  const dead: Delivery[] = [];
  for (const [index, destination] of destinations.entries()) {
    const bench = { ...wish.bench, ...at(destination) };
    try {
      await using hold = await holdLock(bench, 'backup');
      const made = await makeSet({ ...wish, bench, hold });
      const runFailed = made.manifest.failed.length > 0;
      const to = destinations.slice(index + 1);
      const deliveries = await deliver(bench, { from: destination, to, runFailed, hold });
      return { ...made, destination, deliveries: [...dead, ...deliveries] };
    } catch (error) {
      if (!isOfStorage(error) || index === destinations.length - 1 || bench.context.signal.aborted) throw error;
      const { name, storage } = destination;
      bench.context.report({ kind: 'failed', source: name, message: error.message });
      dead.push({ name, location: storage.location, copied: [], failure: error });
    }
  }
  throw new Failure('internal', { message: 'there was no destination to write to' });
}

async function makeSet(run: Run): Promise<MadeSet> {
  const { plan, bench, hold, began } = run;
  requireSomething(plan);
  announceAbsent(plan, bench);
  const writer = await openSetWriter(bench.storage, began, { signal: bench.context.signal });
  try {
    const { taken, failed } = await takeDumps(plan, writer, bench);
    const facts = describeSet(run, taken, failed);
    const guide = await guideWriter(facts);
    const { manifest, manifestSha256 } = await writer.finish(facts, { guide, beforePublish: hold.requireMine });
    await recordProof(manifest, manifestSha256, taken, bench);
    const retention = await applyRetention(bench, { runFailed: failed.length > 0, beforeRemoval: hold.requireMine });
    return { manifest, retention, milliseconds: Date.now() - began.getTime() };
  } catch (error) {
    // Where the storage is what failed, it may not be able to remove either; the first failure is the one to tell.
    await writer.abandon().catch((left: unknown) => {
      if (!isOfStorage(error)) throw left;
    });
    throw error;
  }
}

function describeSet(
  { flags, bench, began, plan }: Run,
  taken: readonly TakenDump[],
  failed: readonly ManifestAbsence[],
): SetFacts {
  return {
    createdAt: began.toISOString(),
    finishedAt: new Date().toISOString(),
    ...(flags.label ? { label: flags.label } : {}),
    environment: bench.config.environment,
    host: hostname(),
    holdfastVersion: flags.version,
    sources: taken.map((dump) => dump.source).sort((one, other) => (sourceLabel(one) < sourceLabel(other) ? -1 : 1)),
    skipped: plan.skipped,
    failed,
  };
}

/** All dumps side by side up to the limit. One that fails never hides or spoils the others. */
async function takeDumps(plan: BackupPlan, writer: SetWriter, bench: Workbench) {
  const failed: ManifestAbsence[] = [...plan.failed];
  const expected = await lastSizes(bench);
  const take = async (dump: PlannedDump): Promise<TakenDump | undefined> => {
    const { context } = bench;
    context.report({ kind: 'step', source: dump.label, step: 'dump', expectedBytes: expected.get(dump.label) });
    try {
      return await takeDump(dump, writer, context, expected.get(dump.label));
    } catch (error) {
      context.signal.throwIfAborted();
      const failure = toFailure(error, { source: dump.label, step: 'dump' });
      if (endsTheRun(failure)) throw failure;
      const reason = reasonOf(failure);
      context.report({ kind: 'failed', source: dump.label, message: reason });
      failed.push({ kind: dump.source.kind, name: dump.source.name, server: dump.from.address.name, reason });
      return undefined;
    }
  };
  const outcomes = await runPool(plan.dumps, bench.config.parallel, take);
  const taken = outcomes.filter((outcome) => outcome !== undefined);
  if (taken.length === 0) throw nothingTaken(failed);
  return { taken, failed };
}

/** A full or broken disk, a storage that is gone, or a bug, is not the failure of one source. */
function endsTheRun(failure: Failure): boolean {
  const { code } = failure;
  return (
    isOfStorage(failure) || code === 'no-space' || code === 'storage' || code === 'lock-lost' || code === 'internal'
  );
}

/** What each source's artifacts had in the newest complete set, for the time that is left. */
async function lastSizes(bench: Workbench): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const entry of await catalogOf(bench)) {
    if (entry.state !== 'complete') continue;
    for (const source of entry.manifest.sources) {
      const bytes = source.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
      sizes.set(sourceLabel(source), bytes);
    }
  }
  return sizes;
}

async function recordProof(manifest: Manifest, manifestSha256: string, taken: readonly TakenDump[], bench: Workbench) {
  await writeProof(bench.storage, {
    set: manifest.id,
    level: 'readable',
    provenAt: new Date().toISOString(),
    host: manifest.host,
    holdfastVersion: manifest.holdfastVersion,
    manifestSha256,
    sources: taken.map(({ source, report }) => ({ source: sourceLabel(source), summary: report.summary })),
  });
}

function announceAbsent({ skipped, failed }: BackupPlan, { context }: Workbench): void {
  for (const entry of skipped) context.report({ kind: 'skipped', source: sourceLabel(entry), reason: entry.reason });
  for (const entry of failed) context.report({ kind: 'failed', source: sourceLabel(entry), message: entry.reason });
}

function requireSomething({ dumps, skipped, failed }: BackupPlan): void {
  if (dumps.length > 0) return;
  if (failed.length > 0) throw nothingTaken(failed);
  throw new Failure('not-found', {
    message: 'there is nothing to back up',
    detail: skipped.map((entry) => `${sourceLabel(entry)}: ${entry.reason}`).join('\n') || undefined,
    hint: 'holdfast backup --dry-run',
  });
}

function nothingTaken(failed: readonly ManifestAbsence[]): Failure {
  return new Failure('tool-failed', {
    message: 'no source could be backed up',
    detail: failed.map((entry) => `${sourceLabel(entry)}: ${entry.reason}`).join('\n'),
    stands: 'no set was made; older sets were not touched',
    hint: 'mend the first of them and run the same command again',
  });
}
