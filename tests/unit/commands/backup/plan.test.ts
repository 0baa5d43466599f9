import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planBackup } from '../../../../scripts/commands/backup/plan.ts';
import { parseChoice } from '../../../../scripts/commands/choose.ts';
import type { Connected } from '../../../../scripts/commands/servers.ts';
import type { ServerPlan } from '../../../../scripts/datastores/datastore.ts';

const context = { signal: new AbortController().signal, report: () => undefined };

/** A server that answers with this plan, and of which nothing else is asked. */
const serverWith = (kind: 'postgres' | 'mongo', plan: ServerPlan): Connected =>
  ({ address: { kind, name: 'default' }, server: { plan: async () => plan } }) as unknown as Connected;

test('a server that holds nothing is named: a set never quietly lacks something', async () => {
  const empty = serverWith('mongo', { sources: [], skipped: [], failed: [] });
  const full = serverWith('postgres', {
    sources: [{ kind: 'postgres', name: 'shop', sizeBytes: 1 }],
    skipped: [],
    failed: [],
  });
  const plan = await planBackup([empty, full], [], parseChoice([]), context);
  assert.deepEqual(
    plan.dumps.map(({ label }) => label),
    ['postgres/shop'],
  );
  assert.deepEqual(plan.skipped, [
    { kind: 'mongo', server: 'default', name: '*', reason: 'the server holds no database to back up' },
  ]);
});
