import { Failure, toFailure } from '../../common/failure.ts';
import { stampOf } from '../../datastores/generation.ts';
import { type RestoreReport, runSteps } from '../../datastores/restore.ts';
import { isCluster, type RestoreItem, readSources } from '../restore/plan.ts';
import type { Workbench } from '../workbench.ts';
import type { DrillServer } from './server.ts';
import { isFinal, reasonsOf, type SourceDrill, verdictOf } from './verdict.ts';

/** Restores one source into an empty place and compares. Never throws for what the set is to blame for. */
export async function drillSource(
  item: RestoreItem,
  on: DrillServer,
  wasRead: boolean,
  bench: Workbench,
): Promise<SourceDrill> {
  const began = Date.now();
  const told = { ...facts(item), place: on.place, tools: { server: on.server.version, ...on.server.tools } };
  const progress = { restoring: false };
  const report = bench.context.report;
  try {
    await readSources([item], wasRead, bench);
    const found = await restoreInto(item, on, progress, bench);
    const milliseconds = Date.now() - began;
    const judged = judge(found);
    if (judged.verdict === 'PASS') report({ kind: 'done', source: item.label, bytes: item.bytes });
    else report({ kind: 'failed', source: item.label, message: judged.reasons[0] ?? judged.verdict });
    return { ...told, ...judged, report: found, milliseconds };
  } catch (error) {
    bench.context.signal.throwIfAborted();
    const failure = toFailure(error);
    if (isFinal(failure)) throw failure;
    const verdict = verdictOf({ failure, ...progress, recipe: on.datastore.throwaway });
    report({ kind: 'failed', source: item.label, message: failure.message });
    return { ...told, verdict, reasons: reasonsOf(failure), milliseconds: Date.now() - began };
  }
}

/** A source for which there is no server to try it on. */
export function untried(item: RestoreItem, error: unknown): SourceDrill {
  const failure = toFailure(error);
  return { ...facts(item), verdict: 'UNVERIFIABLE', reasons: reasonsOf(failure), milliseconds: 0 };
}

/** A source that was left out on purpose. */
export function leftOut(item: RestoreItem, reason: string): SourceDrill {
  return { ...facts(item), verdict: 'UNVERIFIABLE', reasons: [reason], milliseconds: 0 };
}

function facts({
  label,
  source,
  bytes,
}: RestoreItem): Pick<SourceDrill, 'label' | 'kind' | 'name' | 'bytes' | 'checks'> {
  return { label, kind: source.kind, name: source.name, bytes, checks: [] };
}

async function restoreInto(
  item: RestoreItem,
  on: DrillServer,
  progress: { restoring: boolean },
  { context }: Workbench,
): Promise<RestoreReport> {
  const target = isCluster(item) ? item.target : on.targetOf(item.target);
  // Roles of a server that belongs to somebody are not made: what needs one that is missing cannot be tried there.
  const source = on.isOwn ? item.source : { ...item.source, companions: [] };
  context.report({ kind: 'step', source: item.label, step: 'prepare', expectedBytes: item.bytes });
  const wish = { target, stamp: stampOf(new Date()), way: 'direct', exact: false, wasRead: false } as const;
  const prepared = await on.server.prepare(source, wish, context);
  try {
    context.report({ kind: 'step', source: item.label, step: 'restore', expectedBytes: item.bytes });
    progress.restoring = true;
    const report = await runSteps(prepared, context);
    if (report === undefined) throw new Failure('internal', { message: 'a restore ended without a comparison' });
    return report;
  } finally {
    // It lies on a server that goes away, or is removed there after a week; the restore's own failure is the one to tell.
    await prepared.discard().catch(() => undefined);
  }
}

function judge({ differences, compared }: RestoreReport): Pick<SourceDrill, 'verdict' | 'reasons'> {
  if (!compared) {
    return { verdict: 'UNVERIFIABLE', reasons: ['it was restored, but nothing is recorded to compare it with'] };
  }
  const reasons = differences.map(({ name, expected, found }) => `${name}: found ${found}, expected ${expected}`);
  return { verdict: reasons.length > 0 ? 'FAIL' : 'PASS', reasons };
}
