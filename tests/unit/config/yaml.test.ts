import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Secret } from '../../../scripts/common/secret.ts';
import { loadConfig } from '../../../scripts/config/load.ts';
import { load, withFolder } from './folder.ts';

const FULL = `
fingerprint: sums
signing:
  key: secrets/billing
  allowed_signers: secrets/slack
environment: production
storage:
  local:
    folder: sets
retention:
  days: 30
notify:
  ping:
    url: https://h/ping
  team:
    kind: slack
    url_file: secrets/slack
    on: [success, failure]
notify_repeat_hours: 24
shrink_percent: 30
metrics_file: m/holdfast.prom
rpo_hours: 30
encryption:
  recipients: [age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft]
  identity: keys/id.txt
proof_days: 14
rto_minutes: 90
role: both
domain: shop.example
undo_days: 14
schedules:
  - at: 30 1 * * *
parallel: 4
bandwidth_kib: 2
discover: no
containers: podman
lock_wait_seconds: 120
postgres:
  - name: main
    container: shop-postgres-1
    password: 007
    databases: [ngwenya_auth, Mixed Case]
  - name: billing
    host: billing.example
    port: 5433
    user: backup
    password_file: secrets/billing
    lock_wait_seconds: 300
mongo:
  - url: \${CATALOGUE_URL}
`;

test('every setting of holdfast.yaml arrives', () =>
  withFolder(
    { 'holdfast.yaml': FULL, 'secrets/billing': 'sesame\r\n', 'secrets/slack': 'https://h/s\n' },
    async (folder) => {
      const environment = { HOME: folder, CATALOGUE_URL: 'mongodb://u:p%40ss@h:1/d' };
      const { servers, notify, schedules, ...rest } = await loadConfig({ folder, environment });
      assert.deepEqual(rest, {
        folder,
        environment: 'production',
        storages: [{ name: 'local', kind: 'local', settings: { folder: join(folder, 'sets') } }],
        retention: { days: 30 },
        role: 'both',
        production: true,
        domain: 'shop.example',
        undoDays: 14,
        bandwidth: 2048,
        parallel: 4,
        lockWaitSeconds: 120,
        containerCommand: 'podman',
        discover: false,
        notifyRepeatHours: 24,
        shrinkPercent: 30,
        rpoHours: 30,
        drill: { images: {}, servers: [], checks: [] },
        around: {
          ...{ beforeRestore: [], afterRestore: [], beforeBackup: [], afterBackup: [], onFailure: [] },
          ...{
            maintenance: undefined,
            services: [{ kind: 'preset' }],
            health: [],
            rebuilds: [],
            taken: ['CATALOGUE_URL'],
          },
        },
        recipients: ['age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft'],
        identityFiles: [join(folder, 'keys/id.txt')],
        passphrase: undefined,
        opensslPassword: undefined,
        secretsPlain: false,
        secretsRecipients: [],
        signKey: join(folder, 'secrets/billing'),
        allowedSigners: join(folder, 'secrets/slack'),
        sums: true,
        proofDays: 14,
        rtoMinutes: 90,
        metricsFile: join(folder, 'm/holdfast.prom'),
        databases: {},
        files: [join(folder, 'holdfast.yaml')],
      });
      assert.deepEqual(
        schedules.map(({ time }) => time.text),
        ['30 1 * * *'],
      );
      const told = notify.map(({ name, kind, on, settings }) => [name, kind, on, (settings.url as Secret).reveal()]);
      assert.deepEqual(told, [
        ['ping', 'ping', ['start', 'success', 'failure', 'suspicious'], 'https://h/ping'],
        ['team', 'slack', ['success', 'failure'], 'https://h/s'],
      ]);
      const shown = servers.map(({ password, ...server }) => ({ ...server, password: password?.reveal() }));
      assert.deepEqual(JSON.parse(JSON.stringify(shown)), [
        {
          kind: 'mongo',
          name: 'default',
          host: 'h',
          port: 1,
          user: 'u',
          password: 'p@ss',
          databases: ['d'],
          parameters: { authSource: 'd' },
        },
        {
          kind: 'postgres',
          name: 'main',
          container: 'shop-postgres-1',
          password: '007',
          databases: ['ngwenya_auth', 'Mixed Case'],
        },
        {
          kind: 'postgres',
          name: 'billing',
          host: 'billing.example',
          port: 5433,
          user: 'backup',
          password: 'sesame',
          own: { lock_wait_seconds: 300 },
        },
      ]);
    },
  ));

test(`\${NAME} takes a value from the environment before .env, also in the middle of a text`, async () => {
  const files = { '.env': 'STAGE=test\nREGION=eu\n', 'holdfast.yaml': `environment: shop-\${STAGE}-\${REGION}\n` };
  assert.equal((await load({ files, environment: { STAGE: 'live' } })).environment, 'shop-live-eu');
});

test(`$\${ stands for itself and is not looked up`, async () => {
  const files = { 'holdfast.yaml': `mongo: [{host: h, user: u, password: "a$\${B}c"}]\n` };
  assert.equal((await load({ files })).servers[0]?.password?.reveal(), `a\${B}c`);
});

test('a value from the environment is never read as YAML or replaced again', async () => {
  const files = { 'holdfast.yaml': `mongo: [{host: h, password: "\${PW}"}]\n` };
  const password = `x: [\${PW}, {"`;
  assert.equal((await load({ files, environment: { PW: password } })).servers[0]?.password?.reveal(), password);
});

test('a list may be given as one text with commas', async () => {
  const files = { 'holdfast.yaml': `postgres: [{host: h, databases: "\${DBS}"}]\n` };
  assert.deepEqual((await load({ files, environment: { DBS: 'a, b' } })).servers[0]?.databases, ['a', 'b']);
});

test('an empty file, and one with only comments, says nothing', async () => {
  for (const text of ['', '# nothing yet\n']) {
    assert.deepEqual((await load({ files: { 'holdfast.yaml': text } })).retention, { days: 7 });
  }
});
