import type { MetricsFacts } from '../../../scripts/runs/metrics.ts';
import { exampleRun } from './example-run.ts';

/** Ten hours after a good run to a folder, with a bucket that has nothing yet. */
export function exampleFacts(): MetricsFacts {
  const time = new Date('2026-05-07T02:00:00Z');
  return {
    version: '0.1.0',
    environment: 'production',
    runs: [exampleRun({})],
    storages: [
      { name: 's3', sets: 0, bytes: 0 },
      {
        name: 'local',
        newest: { time, bytes: 12_300_000, level: 'readable', provenAt: time },
        sets: 9,
        bytes: 99_000_000,
      },
    ],
    rpoSeconds: 26 * 3600,
    proof: {
      newest: new Date('2026-05-05T04:00:00Z'),
      targetSeconds: 30 * 24 * 3600,
      measured: { seconds: 192.5, bytes: 11_000_000 },
      rtoSeconds: 3600,
      verdict: 'PASS',
    },
    nextRun: new Date('2026-05-08T02:00:00Z'),
    now: new Date('2026-05-07T12:00:00Z'),
    live: false,
  };
}
