import type { RunRecord, RunResult } from '../../../scripts/runs/record.ts';

/** A run of ten seconds that is under way, or one that came to a result; `without` takes parts of the result away. */
export function exampleRun(result?: Partial<RunResult>, without: readonly (keyof RunResult)[] = []): RunRecord {
  const start: RunRecord = {
    schema: 'holdfast-run/v1',
    run: '2026-05-07T02-00-03-a1b2',
    command: 'backup',
    schedule: 'backup',
    choice: [],
    environment: 'production',
    host: 'shop-1',
    pid: 4711,
    processStart: '1',
    bootId: 'b',
    startedAt: '2026-05-07T02:00:03.000Z',
  };
  if (result === undefined) return start;
  const whole: RunResult = {
    outcome: 'good',
    exitCode: 0,
    set: '2026-05-07T02-00',
    bytes: 12_300_000,
    proof: 'readable',
    sources: [
      { source: 'postgres/app', bytes: 12_000_000, milliseconds: 8200 },
      { source: 'mongo/shop', bytes: 300_000, milliseconds: 900 },
    ],
    skipped: [],
    failed: [],
    destinations: [{ name: 'local', location: '/srv/backups', pruned: [] }],
    suspicions: [],
    ...result,
  };
  const kept = Object.entries(whole).filter(([name]) => !without.includes(name as keyof RunResult));
  return { ...start, finishedAt: '2026-05-07T02:00:13.000Z', result: Object.fromEntries(kept) as unknown as RunResult };
}
