import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeFacts } from '../../../scripts/datastores/complete-facts.ts';

const FACTS = {
  consistency: 'snapshot',
  fingerprint: { counts: { roles: 3 }, indexes: { 'public.a': ['a_pkey'] } },
  details: { owner: 'shop' },
  warnings: ['one'],
} as const;

test('what the dump left to be counted gets the count of the reading, and nothing else does', () => {
  const report = { summary: '', counts: { 'public.a': 0, 'public.b': 5, 'extension.table': 7 } };
  const facts = completeFacts({ ...FACTS, uncounted: ['public.a', 'public.b'] }, report);
  const counts = { roles: 3, 'public.a': 0, 'public.b': 5 };
  assert.deepEqual(facts, { ...FACTS, fingerprint: { ...FACTS.fingerprint, counts } });
});

test('facts that left nothing to be counted stay as they are', () => {
  assert.deepEqual(completeFacts(FACTS, { summary: '' }), FACTS);
});

test('a table that nobody counted never becomes one without rows', () => {
  for (const counts of [undefined, { other: 1 }, {}]) {
    const report = { summary: '', ...(counts && { counts }) };
    assert.throws(() => completeFacts({ ...FACTS, uncounted: ['toString'] }, report), { code: 'internal' });
  }
});
