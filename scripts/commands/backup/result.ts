import type { Failure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { RunAbsence, RunResult, RunSource } from '../../runs/record.ts';
import type { ManifestAbsence, ManifestSource } from '../../sets/manifest.ts';
import { sourceLabel } from '../choose.ts';
import type { BackupOutcome } from './backup.ts';

/** The sources of a set, for the record of its run. */
export function runSourcesOf(sources: readonly ManifestSource[]): RunSource[] {
  return sources.map((source) => {
    const counts = Object.values(source.fingerprint.counts);
    return {
      source: sourceLabel(source),
      bytes: totalBytes(source.artifacts),
      ...(counts.length > 0 && { rows: counts.reduce((sum, count) => sum + count, 0) }),
      milliseconds: Date.parse(source.finishedAt) - Date.parse(source.startedAt),
    };
  });
}

/** What is not in a set, for the record of its run. */
export function runAbsencesOf(absences: readonly ManifestAbsence[]): RunAbsence[] {
  return absences.map((entry) => ({ source: sourceLabel(entry), reason: entry.reason }));
}

/** What a backup came to, for the record of its run. */
export function resultOfBackup(outcome: BackupOutcome, exitCode: number): RunResult {
  const { manifest, destination, retention, deliveries, suspicions, hooks } = outcome;
  const sources = runSourcesOf(manifest.sources);
  return {
    outcome: exitCode === 0 ? 'good' : 'partial',
    exitCode,
    set: manifest.id,
    bytes: totalBytes(sources),
    proof: 'readable',
    sources,
    skipped: runAbsencesOf(manifest.skipped),
    failed: runAbsencesOf(manifest.failed),
    destinations: [
      { name: destination.name, location: destination.storage.location, pruned: retention.removed },
      ...deliveries.map(({ name, location, failure, retention: there }) => ({
        name,
        location,
        ...(failure && { failure: failure.message }),
        pruned: there?.removed ?? [],
      })),
    ],
    suspicions: suspicions.map(({ text }) => text),
    ...(hooks.failure && { error: errorOf(hooks.failure) }),
  };
}

function errorOf({ code, message, detail }: Failure): NonNullable<RunResult['error']> {
  return { code, message: `the set stands, but after.backup failed: ${message}`, ...(detail && { detail }) };
}
