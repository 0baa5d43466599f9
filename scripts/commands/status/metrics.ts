import { type MetricsFacts, metricsText } from '../../runs/metrics.ts';
import { healthOf, type MetricsPage } from '../../runs/metrics-output.ts';
import type { ProofMetrics } from '../../runs/metrics-proof.ts';
import type { Workbench } from '../workbench.ts';
import { type Standing, standingOf } from './facts.ts';
import { lookOver } from './overview.ts';

/** How things stand, in the text format of Prometheus, for a file that is read later. */
export async function metricsOf(bench: Workbench): Promise<string> {
  return await metricsText(await factsOf(bench, false));
}

/** How things stand at this moment. */
export async function metricsPageOf(bench: Workbench): Promise<MetricsPage> {
  const facts = await factsOf(bench, true);
  return { text: await metricsText(facts), health: healthOf(facts) };
}

async function factsOf(bench: Workbench, live: boolean): Promise<MetricsFacts> {
  const overview = await lookOver(bench);
  const { runs, destinations, schedules, rpoHours, now } = overview;
  const next = schedules.flatMap(({ next: time }) => (time === undefined ? [] : [time.getTime()]));
  return {
    version: bench.version,
    environment: bench.config.environment,
    runs,
    storages: destinations.map(({ name, newestGood, sets, bytes }) => ({
      name,
      sets,
      bytes,
      newest: newestGood && {
        time: newestGood.time,
        bytes: newestGood.bytes,
        level: newestGood.proof,
        provenAt: newestGood.provenAt === undefined ? undefined : new Date(newestGood.provenAt),
      },
    })),
    rpoSeconds: rpoHours * 3600,
    proof: proofOf(standingOf(overview, bench)),
    nextRun: next.length === 0 ? undefined : new Date(Math.min(...next)),
    now,
    live,
  };
}

function proofOf({ proof, rtoMinutes }: Standing): ProofMetrics {
  const { newest, lastDrill, lastPass, targetDays, isExpected } = proof;
  const isOutdone = lastDrill !== undefined && newest !== undefined && newest.at > lastDrill.at;
  return {
    newest: newest?.at ?? (isExpected ? new Date(0) : undefined),
    targetSeconds: targetDays * 24 * 3600,
    measured: lastPass && { seconds: lastPass.drill.restoreMilliseconds / 1000, bytes: lastPass.drill.bytes },
    rtoSeconds: rtoMinutes === undefined ? undefined : rtoMinutes * 60,
    verdict: isOutdone ? undefined : lastDrill?.drill.verdict,
  };
}
