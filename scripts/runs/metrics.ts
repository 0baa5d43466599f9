import type { Gauge, Registry } from 'prom-client';
import { fillProof, type ProofMetrics } from './metrics-proof.ts';
import type { RunRecord, RunResult } from './record.ts';

/** The newest good set of a storage. */
export interface NewestSet {
  readonly time: Date;
  readonly bytes: number;
  /** "stored", "intact", "readable" or "proven". */
  readonly level: string;
  /** When that level was reached; undefined for "stored". */
  readonly provenAt?: Date | undefined;
}

/** What lies in one storage. */
export interface StorageFacts {
  readonly name: string;
  /** Undefined: there is no good set. */
  readonly newest?: NewestSet | undefined;
  /** All complete sets. */
  readonly sets: number;
  readonly bytes: number;
}

/** What metrics are made of. */
export interface MetricsFacts {
  readonly version: string;
  readonly environment: string;
  /** Oldest first. Runs that are too old to be in the history are not counted. */
  readonly runs: readonly RunRecord[];
  readonly storages: readonly StorageFacts[];
  /** Seconds that the newest good set may be old. */
  readonly rpoSeconds: number;
  readonly proof: ProofMetrics;
  /** Undefined: nothing is scheduled. */
  readonly nextRun?: Date | undefined;
  readonly now: Date;
  /**
   * True when the text is made for each question. A text in a file must not hold an age: it would stand still when
   * nothing runs any more, which is when it matters.
   */
  readonly live: boolean;
}

/** As numbers, so that an alert can ask for "at least readable". */
const LEVELS = ['stored', 'intact', 'readable', 'proven'];

const OUTCOMES = ['good', 'partial', 'failed', 'skipped', 'interrupted', 'died'] as const;

/** What a member of the tables below is told. */
interface Sheet {
  readonly facts: MetricsFacts;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** A number that only grows while the history lasts. */
  count(name: string, help: string, labels: readonly string[]): (labels: Record<string, string>, by: number) => void;
}

/**
 * The metrics in the text format of Prometheus. Names follow its rules: base units, "_total" for what is counted.
 * docs/monitoring/README.md explains each.
 */
export async function metricsText(facts: MetricsFacts): Promise<string> {
  // Heavy, and of use only where metrics are wanted.
  const client = await import('prom-client');
  const registry: Registry = new client.Registry();
  registry.setDefaultLabels({ environment: facts.environment });
  const registers = [registry];
  const sheet: Sheet = {
    facts,
    gauge: (name, help, labels = []) =>
      new client.Gauge({ name: `holdfast_${name}`, help, labelNames: [...labels], registers }),
    count: (name, help, labels) => {
      const counter = new client.Counter({ name: `holdfast_${name}`, help, labelNames: [...labels], registers });
      return (values, by) => counter.inc(values, by);
    },
  };
  fillGeneral(sheet);
  fillStorages(sheet);
  fillProof(facts.proof, sheet.gauge);
  fillRuns(sheet);
  fillSources(sheet);
  fillCounts(sheet);
  return await registry.metrics();
}

function fillGeneral({ facts, gauge }: Sheet): void {
  gauge('build_info', 'Always 1; the version of Holdfast that made these metrics.', ['version']).set(
    { version: facts.version },
    1,
  );
  gauge('rpo_seconds', 'How old the newest good set may become.').set(facts.rpoSeconds);
  if (facts.nextRun !== undefined) {
    gauge('next_run_timestamp_seconds', 'When the next run is due.').set(seconds(facts.nextRun));
  }
}

function fillStorages({ facts, gauge }: Sheet): void {
  const labels = ['storage'];
  const time = gauge('set_last_good_timestamp_seconds', 'When the newest good set was made.', labels);
  const bytes = gauge('set_bytes', 'Bytes of the newest good set.', labels);
  const level = gauge(
    'set_proof_level',
    'How far the newest good set is proven: 0 stored, 1 intact, 2 readable, 3 proven by a restore.',
    labels,
  );
  const provenAt = gauge('set_proof_timestamp_seconds', 'When the newest good set was proven so far.', labels);
  const sets = gauge('sets', 'Complete sets.', labels);
  const stored = gauge('sets_bytes', 'Bytes of all complete sets.', labels);
  const age = facts.live ? gauge('set_age_seconds', 'Age of the newest good set.', labels) : undefined;
  for (const { name: storage, newest, ...all } of facts.storages) {
    sets.set({ storage }, all.sets);
    stored.set({ storage }, all.bytes);
    // No set is as old as can be: 0, so that "time() - x" alarms.
    time.set({ storage }, newest === undefined ? 0 : seconds(newest.time));
    if (newest === undefined) continue;
    bytes.set({ storage }, newest.bytes);
    level.set({ storage }, Math.max(0, LEVELS.indexOf(newest.level)));
    provenAt.set({ storage }, newest.provenAt === undefined ? 0 : seconds(newest.provenAt));
    age?.set({ storage }, seconds(facts.now) - seconds(newest.time));
  }
}

/** The newest run of each command. */
function fillRuns({ facts, gauge }: Sheet): void {
  const labels = ['command'];
  const time = gauge('last_run_timestamp_seconds', 'When the newest run that ended began.', labels);
  const success = gauge('last_run_success', '1 when the newest run was good, else 0.', labels);
  const took = gauge('last_run_duration_seconds', 'How long the newest run took.', labels);
  const suspicions = gauge('last_run_suspicions', 'Things that looked wrong in the newest run.', labels);
  for (const [command, run] of new Map(ended(facts.runs).map((run) => [run.command, run]))) {
    time.set({ command }, seconds(new Date(run.startedAt)));
    success.set({ command }, run.result.outcome === 'good' ? 1 : 0);
    suspicions.set({ command }, run.result.suspicions.length);
    if (run.finishedAt !== undefined) took.set({ command }, seconds(run.finishedAt) - seconds(run.startedAt));
  }
}

/** Each source as it was in the newest run that has it. */
function fillSources({ facts, gauge }: Sheet): void {
  const labels = ['source'];
  const time = gauge('source_last_success_timestamp_seconds', 'When the source was last backed up.', labels);
  const bytes = gauge('source_bytes', 'Bytes of the source as stored, when last backed up.', labels);
  const took = gauge('source_duration_seconds', 'How long the source took, when last backed up.', labels);
  for (const run of ended(facts.runs)) {
    if (run.command !== 'backup' || !['good', 'partial'].includes(run.result.outcome)) continue;
    for (const { source, ...was } of run.result.sources) {
      time.set({ source }, seconds(run.startedAt));
      bytes.set({ source }, was.bytes);
      took.set({ source }, was.milliseconds / 1000);
    }
  }
}

function fillCounts({ facts, count }: Sheet): void {
  const runs = count('runs_total', 'Runs in the history, by how they ended.', ['command', 'outcome']);
  const sources = count('source_failures_total', 'Times that a source failed, in the history.', ['source']);
  const storages = count('storage_failures_total', 'Times that a set did not reach a storage.', ['storage']);
  const pruned = count('pruned_sets_total', 'Sets that retention removed, in the history.', ['storage']);
  const all = ended(facts.runs);
  // A counter that is there from the start, at 0, shows its first increase.
  for (const command of new Set(all.map((run) => run.command))) {
    for (const outcome of OUTCOMES) runs({ command, outcome }, 0);
  }
  for (const { name: storage } of facts.storages) {
    storages({ storage }, 0);
    pruned({ storage }, 0);
  }
  for (const { command, result } of all) {
    runs({ command, outcome: result.outcome }, 1);
    for (const { source } of result.sources) sources({ source }, 0);
    for (const { source } of result.failed) sources({ source }, 1);
    for (const { name: storage, failure, pruned: removed } of result.destinations) {
      storages({ storage }, failure === undefined ? 0 : 1);
      pruned({ storage }, removed.length);
    }
  }
}

type EndedRun = RunRecord & { readonly result: RunResult };

/** Runs that did something and came to an end. */
function ended(runs: readonly RunRecord[]): EndedRun[] {
  return runs.filter((run): run is EndedRun => run.result !== undefined && run.result.outcome !== 'skipped');
}

function seconds(time: Date | string): number {
  return new Date(time).getTime() / 1000;
}
