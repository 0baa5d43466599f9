import { type MetricsFacts, metricsText } from '../runs/metrics.ts';
import { healthOf, type MetricsPage } from '../runs/metrics-output.ts';
import { lookOver } from './overview.ts';
import type { Workbench } from './workbench.ts';

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
  const { runs, destinations, schedules, rpoHours, now } = await lookOver(bench);
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
    nextRun: next.length === 0 ? undefined : new Date(Math.min(...next)),
    now,
    live,
  };
}
