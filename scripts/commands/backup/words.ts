import type { Failure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { ManifestSource } from '../../sets/manifest.ts';
import { layTable } from '../../ui/table.ts';
import { wordBytes, wordCount, wordDuration } from '../../ui/units.ts';
import { EXIT, explain } from '../../ui/words.ts';
import { sourceLabel } from '../choose.ts';
import { deliveryForJson, wordDelivery } from '../sets/copy-words.ts';
import { wordPolicy } from '../sets/retention-words.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import type { BackupOutcome } from './backup.ts';
import { type BackupPlan, hasWaves } from './plan.ts';

/** Why objects come last. */
const AFTER = 'after everything else, so that no row points to an object that came later than its bucket was read';

/** Prints what a backup would do. Exit code 3 when the real run would miss something. */
export function printBackupPlan(plan: BackupPlan, { screen, storage, retention, config }: Workbench): number {
  screen.settle();
  const { beforeBackup, afterBackup } = config.around;
  const rows = [
    ...beforeBackup.map(({ name }) => ['hook', 'before.backup', '-', name]),
    ...plan.dumps.map(({ label, source, from }) => ['dump', label, wordBytes(source.sizeBytes), from.address.label]),
    ...plan.skipped.map((entry) => ['skip', sourceLabel(entry), '-', 'see below']),
    ...plan.failed.map((entry) => ['FAIL', sourceLabel(entry), '-', 'see below']),
    ...afterBackup.map(({ name }) => ['hook', 'after.backup', '-', name]),
  ];
  const columns = [{ head: 'STEP' }, { head: 'SOURCE' }, { head: 'SIZE', align: 'right' }, { head: 'WHERE' }] as const;
  screen.print(
    ...layTable(columns, rows),
    '',
    ...plan.skipped.map((entry) => `- ${sourceLabel(entry)}: ${entry.reason}`),
    ...plan.failed.map((entry) => `✗ ${sourceLabel(entry)}: ${entry.reason}`),
    `then: check every dump, keep them as one set in ${storage.location}, then retention: ${wordPolicy(retention)}`,
    ...(hasWaves(plan.dumps.map(({ source }) => source)) ? [`object buckets are read ${AFTER}`] : []),
    'dry run: nothing was done',
  );
  screen.printJson({
    dryRun: true,
    storage: storage.location,
    dumps: plan.dumps.map(({ label, source, from }) => ({
      source: label,
      sizeBytes: source.sizeBytes,
      server: from.address.label,
    })),
    skipped: plan.skipped,
    failed: plan.failed,
    hooks: { before: beforeBackup, after: afterBackup },
  });
  return plan.failed.length > 0 ? EXIT.partial : EXIT.done;
}

const COLUMNS = [
  { head: 'SOURCE' },
  { head: 'SIZE', align: 'right' },
  { head: 'TOOK', align: 'right' },
  { head: 'HOLDS' },
  { head: 'STATE' },
] as const;

/** Prints what a backup did. Exit code 3 when a source or a destination failed. */
export function printBackupResult(outcome: BackupOutcome, { screen }: Workbench): number {
  const { manifest, retention, milliseconds, deliveries, suspicions, hooks } = outcome;
  const { location } = outcome.destination.storage;
  screen.settle();
  const warnings = manifest.sources.flatMap((source) =>
    source.warnings.map((text) => `${sourceLabel(source)}: ${text}`),
  );
  screen.print(
    '',
    ...layTable(COLUMNS, resultRows(outcome)),
    '',
    ...warnings.map((text) => `! ${text}`),
    ...suspicions.map(({ text }) => `! suspicious: ${text}`),
    ...(suspicions.length > 0 && outcome.runFailed
      ? ['! nothing was pruned; look before the older sets go: holdfast logs last']
      : []),
    ...manifest.skipped.map((entry) => `- ${sourceLabel(entry)}: ${entry.reason}`),
    ...manifest.failed.map((entry) => `✗ ${sourceLabel(entry)}: ${entry.reason}`),
    ...(hasWaves(manifest.sources) ? [`object buckets were read ${AFTER}`] : []),
    ...(retention.refusal ? [`! nothing was pruned: ${retention.refusal.message}`] : []),
    ...retention.removed.map((name) => `pruned ${name}`),
    ...deliveries.map((delivery) => `${delivery.failure ? '✗' : '✓'} ${delivery.name}: ${wordDelivery(delivery)}`),
    ...(hooks.failure ? wordHookFailure(hooks.failure) : []),
    summary(outcome, location),
  );
  screen.printJson({
    set: manifest.id,
    location,
    deliveries: deliveries.map(deliveryForJson),
    seconds: milliseconds / 1000,
    proof: 'readable',
    suspicions,
    pruned: retention.removed,
    pruneRefused: retention.refusal?.message,
    hooks: { ...hooks, failure: hooks.failure && explain(hooks.failure) },
    manifest,
  });
  const missing = manifest.failed.length + deliveries.filter(({ failure }) => failure).length;
  return missing > 0 || hooks.failure !== undefined ? EXIT.partial : EXIT.done;
}

function wordHookFailure({ message, detail }: Failure): string[] {
  const words = detail?.trimEnd().split('\n') ?? [];
  return [`✗ after.backup: ${message}; the set stands`, ...words.map((line) => `    | ${line}`)];
}

function resultRows({ manifest }: BackupOutcome): string[][] {
  const taken = manifest.sources.map((source) => {
    const bytes = totalBytes(source.artifacts);
    const took = Date.parse(source.finishedAt) - Date.parse(source.startedAt);
    return [sourceLabel(source), wordBytes(bytes), wordDuration(took), holds(source), 'readable'];
  });
  const skipped = manifest.skipped.map((entry) => [sourceLabel(entry), '-', '-', '-', 'skipped']);
  const failed = manifest.failed.map((entry) => [sourceLabel(entry), '-', '-', '-', 'FAILED']);
  return [...taken, ...skipped, ...failed];
}

function holds(source: ManifestSource): string {
  const counts = Object.values(source.fingerprint.counts);
  return wordHeld(
    source,
    counts.length,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

function summary({ manifest, milliseconds }: BackupOutcome, location: string): string {
  const bytes = totalBytes(manifest.sources.flatMap((source) => source.artifacts));
  const size = `${wordBytes(bytes)} in ${wordDuration(milliseconds)}`;
  const failed = manifest.failed.length;
  if (failed === 0) return `set ${manifest.id} is complete and readable: ${size}, in ${location}`;
  return `set ${manifest.id} LACKS ${wordCount(failed, 'source')} that failed: ${size}, in ${location}; older sets were not pruned`;
}
