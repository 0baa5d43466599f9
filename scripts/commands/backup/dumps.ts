import { Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { RunRecord } from '../../runs/record.ts';
import type { ManifestAbsence } from '../../sets/manifest.ts';
import { sourceLabel } from '../choose.ts';
import { isOfStorage } from '../destinations.ts';
import { catalogOf, type Workbench } from '../workbench.ts';
import { type DumpTarget, type LastDump, type TakenDump, takeDump } from './dump.ts';
import { type BackupPlan, type PlannedDump, reasonOf } from './plan.ts';

/** All dumps side by side up to the limit; `earlier`: the runs before this one, oldest first. One that fails never hides or spoils the others. */
export async function takeDumps(plan: BackupPlan, into: DumpTarget, earlier: readonly RunRecord[], bench: Workbench) {
  const failed: ManifestAbsence[] = [...plan.failed];
  const last = await lastDumps(bench, earlier);
  const take = async (dump: PlannedDump): Promise<TakenDump | undefined> => {
    const { context } = bench;
    context.report({ kind: 'step', source: dump.label, step: 'dump', expectedBytes: last.get(dump.label)?.bytes });
    try {
      return await takeDump(dump, into, context, last.get(dump.label));
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

/** What the newest complete set has of each source: for the time that is left, and for what was emptied since. */
async function lastDumps(bench: Workbench, earlier: readonly RunRecord[]): Promise<Map<string, LastDump>> {
  const counted = earlier.flatMap(({ result }) => (result?.set === undefined ? [] : result.sources));
  const rows = new Map(counted.map((source) => [source.source, source.rows ?? 0]));
  const dumps = new Map<string, LastDump>();
  for (const entry of await catalogOf(bench)) {
    if (entry.state !== 'complete') continue;
    for (const source of entry.manifest.sources) {
      const label = sourceLabel(source);
      dumps.set(label, { bytes: totalBytes(source.artifacts), rows: rows.get(label) ?? 0 });
    }
  }
  return dumps;
}

/** Throws Failure "not-found" or "tool-failed" when there is nothing to dump. */
export function requireSomething({ dumps, skipped, failed }: BackupPlan): void {
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
