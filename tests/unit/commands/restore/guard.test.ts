import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  requireBackupRole,
  requireRestoreRole,
  requireRightTarget,
} from '../../../../scripts/commands/restore/guard.ts';
import type { Workbench } from '../../../../scripts/commands/workbench.ts';

const bench = (config: Partial<Workbench['config']>): Workbench =>
  ({ config: { environment: 'staging', production: false, role: undefined, ...config } }) as Workbench;
const here = { environment: 'staging', host: 'a' };
const production = { environment: 'production', host: 'b' };

test('an environment does what its role says, and both where nobody said anything', () => {
  for (const role of [undefined, 'both'] as const) {
    requireRestoreRole(bench({ role }));
    requireBackupRole(bench({ role }));
  }
  requireBackupRole(bench({ role: 'backup' }));
  requireRestoreRole(bench({ role: 'restore' }));
  assert.throws(() => requireRestoreRole(bench({ role: 'backup' })), {
    code: 'settings',
    message: /only makes backups/,
  });
  assert.throws(() => requireBackupRole(bench({ role: 'restore' })), {
    code: 'settings',
    message: /only takes restores/,
  });
});

test('a target marked as production asks for a flag more', () => {
  const marked = bench({ environment: 'production', production: true });
  assert.throws(() => requireRightTarget(production, {}, marked), { code: 'refused', hint: /--production/ });
  requireRightTarget(production, { production: true }, marked);
});

test('a set of another environment asks for a flag more, and both names are told', () => {
  const asking = () => requireRightTarget(production, {}, bench({}));
  assert.throws(asking, { code: 'refused', message: /"production".*"staging"/, detail: /"b"/, hint: /--foreign/ });
  requireRightTarget(production, { foreign: true }, bench({}));
  requireRightTarget(here, {}, bench({}));
  requireRightTarget(undefined, {}, bench({}));
});

test('a set of production into production needs its flag alone, a foreign one both', () => {
  const marked = bench({ environment: 'production', production: true });
  assert.throws(() => requireRightTarget(here, { production: true }, marked), { code: 'refused', hint: /--foreign/ });
  requireRightTarget(here, { production: true, foreign: true }, marked);
});
