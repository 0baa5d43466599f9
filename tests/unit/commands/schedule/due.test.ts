import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideDue } from '../../../../scripts/commands/schedule/due.ts';
import { parseCron } from '../../../../scripts/common/cron.ts';
import type { ScheduleSettings } from '../../../../scripts/config/schedules.ts';
import type { RunOutcome, RunRecord } from '../../../../scripts/runs/record.ts';
import type { CompleteEntry } from '../../../../scripts/sets/catalog.ts';

const NOW = new Date('2026-05-07T09:00:00Z');

function schedule(settings: Partial<ScheduleSettings> = {}): ScheduleSettings {
  const time = parseCron('0 2 * * *');
  assert.ok(time);
  return {
    name: 'backup',
    time,
    timezone: 'UTC',
    does: 'backup',
    sources: [],
    storages: undefined,
    overlap: 'skip',
    delayMinutes: 0,
    timeoutHours: 12,
    ...settings,
  };
}

function run(startedAt: string, outcome: RunOutcome | undefined, name = 'backup'): RunRecord {
  const nothing = { sources: [], skipped: [], failed: [], destinations: [], suspicions: [] };
  return {
    schema: 'holdfast-run/v1',
    run: startedAt,
    command: 'backup',
    schedule: name,
    choice: [],
    environment: 'e',
    host: 'h',
    pid: 1,
    processStart: '1',
    bootId: 'b',
    startedAt,
    ...(outcome && { result: { outcome, exitCode: 0, ...nothing } }),
  };
}

function set(time: string, kinds: readonly string[] = ['mongo', 'postgres'], failed = 0): CompleteEntry {
  const absence = { kind: 'postgres', name: 'x', server: 'default', reason: 'r' };
  return {
    state: 'complete',
    name: time,
    time: new Date(time),
    bytes: 1,
    proof: 'readable',
    provenAt: undefined,
    manifest: {
      schema: 'holdfast-set/v1',
      id: time,
      createdAt: time,
      environment: 'e',
      sources: kinds.map((kind) => ({ kind, name: 'app', server: 'default', artifacts: [] })),
      skipped: [],
      failed: Array.from({ length: failed }, () => absence),
      extras: [],
    },
  };
}

interface Facts {
  readonly runs?: readonly RunRecord[];
  readonly entries?: readonly CompleteEntry[];
  readonly settings?: Partial<ScheduleSettings>;
}

const CASES: readonly [string, boolean, Facts][] = [
  ['with nothing at all', true, {}],
  ['when the newest good set is of the night before', true, { entries: [set('2026-05-06T02:00:00Z')] }],
  ['not when a set was made since, by whomever', false, { entries: [set('2026-05-07T02:00:00Z')] }],
  ['when the set since lacks a source that failed', true, { entries: [set('2026-05-07T02:00:00Z', ['mongo'], 1)] }],
  [
    'when the set since holds one kind only, and those before it two',
    true,
    { entries: [set('2026-05-06T02:00:00Z'), set('2026-05-07T03:00:00Z', ['mongo'])] },
  ],
  [
    'not when the set since holds the kind that the schedule is for',
    false,
    {
      entries: [set('2026-05-06T02:00:00Z'), set('2026-05-07T03:00:00Z', ['mongo'])],
      settings: { sources: ['mongo'] },
    },
  ],
  ['when the newest set is of the future: the clock was wrong', true, { entries: [set('2027-05-07T02:00:00Z')] }],
  ['not when its run was good', false, { runs: [run('2026-05-07T02:00:05Z', 'good')] }],
  ['when the run of another schedule was good', true, { runs: [run('2026-05-07T02:00:05Z', 'good', 'other')] }],
  ['when its run of the night before was good', true, { runs: [run('2026-05-06T02:00:05Z', 'good')] }],
  ['when its run failed a while ago', true, { runs: [run('2026-05-07T02:00:05Z', 'failed')] }],
  ['when its run died with the machine', true, { runs: [run('2026-05-07T02:00:05Z', 'died')] }],
  ['not when its run failed just now', false, { runs: [run('2026-05-07T08:50:00Z', 'failed')] }],
  [
    'not when three runs failed since',
    false,
    { runs: ['02', '03', '04'].map((hour) => run(`2026-05-07T${hour}:00:05Z`, 'partial')) },
  ],
  [
    'when three runs left because another was at work',
    true,
    { runs: ['02', '03', '04'].map((hour) => run(`2026-05-07T${hour}:00:05Z`, 'skipped')) },
  ],
  [
    'for a verification, whatever sets were made',
    true,
    { entries: [set('2026-05-07T02:00:00Z')], settings: { does: 'verify' } },
  ],
];

for (const [words, due, { runs = [], entries = [], settings }] of CASES) {
  test(`a schedule is due ${words}`.replace('due not', 'not due'), () => {
    const decision = decideDue({ schedule: schedule(settings), now: NOW, runs, entries });
    assert.equal(decision.due, due, decision.reason);
    assert.equal(decision.since?.toISOString(), '2026-05-07T02:00:00.000Z');
  });
}
