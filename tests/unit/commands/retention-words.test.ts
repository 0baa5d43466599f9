import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionsForJson, layDecisions, wordReason } from '../../../scripts/commands/retention-words.ts';
import type { RetentionDecision, RetentionReason } from '../../../scripts/sets/retention.ts';

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
    [{ rule: 'expired', days: 7, ageDays: 30, newerGood: 1 }, '30 days old, past 7 days; 1 newer good set'],
  ];
  for (const [reason, expected] of cases) assert.equal(wordReason(reason), expected);
});

test('people get a table and machines the rule beside the same words', () => {
  const entry = { state: 'foreign', name: 'photos', time: new Date(0), reason: 'x' } as const;
  const decision: RetentionDecision = { entry, action: 'keep', reason: { rule: 'unfinished' } };
  assert.deepEqual(layDecisions([decision]), ['ACTION  SET     REASON', 'keep    photos  unfinished']);
  assert.deepEqual(decisionsForJson([decision]), [
    { set: 'photos', action: 'keep', reason: { rule: 'unfinished' }, text: 'unfinished' },
  ]);
});
