import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionsForJson, layDecisions, wordReason } from '../../../../scripts/commands/sets/retention-words.ts';
import type { RetentionDecision } from '../../../../scripts/sets/retention.ts';
import type { RetentionReason } from '../../../../scripts/sets/retention-reason.ts';

const since = '2026-05-07T15:36:00.000Z';
const expired = { rule: 'expired', ageDays: 30, newerGood: 1 } as const;

test('every reason is a sentence with its numbers', () => {
  const cases: readonly (readonly [RetentionReason, string])[] = [
    [{ rule: 'within', days: 7, ageDays: 1 }, '1 day old, within 7 days'],
    [{ rule: 'newest-good' }, 'the newest good set is never removed'],
    [{ rule: 'no-newer-good', failedSources: 2 }, 'lacks 2 sources that failed, and no newer good set exists'],
    [{ rule: 'newest-of-highest-proof', proof: 'proven' }, 'the newest set that is proven is never removed'],
    [{ rule: 'not-verified' }, 'not verified, so it does not count; holdfast verify'],
    [{ rule: 'other-environment', environment: 'staging' }, 'of the environment "staging"'],
    [{ rule: 'no-manifest' }, 'without a manifest; only what our own manifests name is removed'],
    [{ rule: 'damaged', detail: '"a" is missing' }, 'damaged: "a" is missing'],
    [{ rule: 'unfinished' }, 'unfinished'],
    [{ rule: 'not-ours', detail: 'it is a file' }, 'not ours: it is a file'],
    [{ rule: 'run-failed' }, 'nothing is removed after a failure'],
    [{ rule: 'last', place: 2, of: 5 }, '2 of the last 5'],
    [{ rule: 'weekly', place: 1, of: 4, period: '2026-W19' }, 'the newest of the week 2026-W19, 1 of 4 weeks'],
    [{ rule: 'only-holder', source: 'mongo/shop' }, 'holds the newest dump of mongo/shop'],
    [{ rule: 'pinned', pin: { by: 'label', since, why: 'pre-migration' } }, 'pinned by its label "pre-migration"'],
    [{ rule: 'pinned', pin: { by: 'pin', since, why: 'the audit' } }, 'pinned since 2026-05-07: the audit'],
    [{ rule: 'pinned', pin: { by: 'pin', since } }, 'pinned since 2026-05-07'],
    [{ ...expired, policy: { days: 7 } }, '30 days old, past 7 days; 1 newer good set'],
    [
      { ...expired, policy: { days: 7, last: 3, monthly: 12 } },
      '30 days old, past 7 days, not among last 3, monthly 12; 1 newer good set',
    ],
    [{ ...expired, policy: { daily: 7 } }, '30 days old, not among daily 7; 1 newer good set'],
  ];
  for (const [reason, expected] of cases) assert.equal(wordReason(reason), expected);
});

test('people get a table and machines the rule beside the same words', () => {
  const entry = { state: 'foreign', name: 'photos', time: new Date(0), reason: 'x' } as const;
  const decision: RetentionDecision = { entry, action: 'keep', reason: { rule: 'unfinished' }, also: [] };
  assert.deepEqual(layDecisions([decision]), ['ACTION  SET     REASON', 'keep    photos  unfinished']);
  assert.deepEqual(decisionsForJson([decision]), [
    { set: 'photos', action: 'keep', reason: { rule: 'unfinished' }, also: [], text: 'unfinished' },
  ]);
});

test('further reasons stand in short behind the first', () => {
  const entry = { state: 'foreign', name: 'photos', time: new Date(0), reason: 'x' } as const;
  const also: RetentionReason[] = [
    { rule: 'newest-of-highest-proof', proof: 'readable' },
    { rule: 'within', days: 7, ageDays: 1 },
    { rule: 'last', place: 1, of: 5 },
    { rule: 'daily', place: 1, of: 7, period: '2026-05-07' },
    { rule: 'weekly', place: 1, of: 4, period: '2026-W19' },
  ];
  const [, line] = layDecisions([{ entry, action: 'keep', reason: { rule: 'newest-good' }, also }]);
  assert.equal(
    line,
    'keep    photos  the newest good set is never removed ' +
      '(also: the newest that is readable; within 7 days; 1 of the last 5; day 2026-05-07; week 2026-W19)',
  );
});
