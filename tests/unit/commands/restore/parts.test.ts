import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyParts, parseParts } from '../../../../scripts/commands/restore/parts.ts';
import type { RestoreItem } from '../../../../scripts/commands/restore/plan.ts';

const item = (kind: 'postgres' | 'mongo', name: string): RestoreItem => ({
  source: { kind, name, facts: undefined, serverVersion: undefined, artifacts: [] },
  ...{ server: 'default', at: undefined, target: name, label: `${kind}/${name}`, bytes: 1 },
});
const roles = item('postgres', 'globals.sql');
const app = item('postgres', 'app');
const shop = item('mongo', 'shop');

test('names stand between commas, and a quoted name may hold one', () => {
  assert.deepEqual(parseParts({ tables: 'orders, billing.invoices,"Odd, one"', schema: 'tenant_x' }), {
    tables: ['orders', 'billing.invoices', '"Odd, one"'],
    schemas: ['tenant_x'],
    collections: [],
  });
  assert.equal(parseParts({}), undefined);
  assert.throws(() => parseParts({ collections: ' , ' }), { code: 'usage', message: /--collections/ });
});

test('without such flags everything stays as it was chosen', () => {
  assert.deepEqual(applyParts([roles, app, shop], {}), [roles, app, shop]);
});

test('tables belong to the one PostgreSQL database, collections to the one MongoDB database, roles to none', () => {
  const [one, ...more] = applyParts([roles, app, shop], { tables: 'orders' });
  assert.deepEqual([one?.label, one?.parts?.tables, more], ['postgres/app', ['orders'], []]);
  assert.equal(applyParts([roles, app, shop], { collections: 'bags' })[0]?.label, 'mongo/shop');
  const [scratch] = applyParts([roles, app], { into: 'scratch', schema: 'tenant_x' });
  assert.deepEqual([scratch?.target, scratch?.mustBeNew], ['scratch', true]);
});

test('parts of several databases, or of none, are refused with the databases that could be meant', () => {
  const two = [app, item('postgres', 'other')];
  assert.throws(() => applyParts(two, { tables: 'orders' }), {
    code: 'usage',
    message: /postgres\/app, postgres\/other/,
  });
  assert.throws(() => applyParts([app, shop], { into: 'scratch' }), { code: 'usage', hint: /--only postgres\/app/ });
  assert.throws(() => applyParts([shop], { tables: 'orders' }), { code: 'usage' });
});
