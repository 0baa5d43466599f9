import assert from 'node:assert/strict';
import { availableParallelism, homedir, hostname } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parseCron } from '../../../scripts/common/cron.ts';
import type { Config } from '../../../scripts/config/config.ts';
import { loadConfig } from '../../../scripts/config/load.ts';
import { SETTINGS } from '../../../scripts/config/names.ts';
import { serverSettings } from '../../../scripts/config/server-names.ts';
import { load, withFolder } from './folder.ts';

test('without any settings everything has its default', () =>
  withFolder({}, async (folder) => {
    const config = await loadConfig({ folder, environment: {} });
    assert.deepEqual(config, {
      folder,
      environment: hostname(),
      storages: [{ name: 'local', kind: 'local', settings: {} }],
      bandwidth: undefined,
      retention: { days: 7 },
      parallel: availableParallelism(),
      lockWaitSeconds: 60,
      sums: false,
      recipients: [],
      secretsPlain: false,
      secretsRecipients: [],
      identityFiles: [],
      passphrase: undefined,
      opensslPassword: undefined,
      signKey: undefined,
      allowedSigners: undefined,
      containerCommand: undefined,
      discover: true,
      role: undefined,
      production: false,
      domain: undefined,
      undoDays: undefined,
      schedules: [NIGHTLY],
      rpoHours: undefined,
      drill: { images: {}, servers: [], checks: [] },
      around: {
        ...{ beforeRestore: [], afterRestore: [], beforeBackup: [], afterBackup: [], onFailure: [] },
        ...{ maintenance: undefined, services: [{ kind: 'preset' }], health: [], rebuilds: [], taken: [] },
      },
      proofDays: undefined,
      rtoMinutes: undefined,
      notify: [],
      notifyRepeatHours: 6,
      shrinkPercent: 50,
      metricsFile: undefined,
      servers: [],
      databases: {},
      files: [],
    });
  }));

const NIGHTLY = {
  name: 'backup',
  time: parseCron('0 2 * * *'),
  timezone: undefined,
  does: 'backup',
  sources: [],
  storages: undefined,
  overlap: 'skip',
  delayMinutes: 5,
  timeoutHours: 12,
};

type Case = readonly [text: string, seen: (config: Config) => unknown, value: unknown];

const AGE_KEY = 'age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft';

/** What each name does, with one value. POSTGRES_URL and MONGO_URL stand beside the passwords, which need them. */
const CASES: Readonly<Record<string, Case>> = {
  BACKUP_STORAGE: ['local', (config) => config.storages.map(({ kind }) => kind), ['local']],
  BACKUP_RETENTION_DAYS: ['30', (config) => config.retention, { days: 30 }],
  BACKUP_ENVIRONMENT: ['production', (config) => config.environment, 'production'],
  BACKUP_PARALLEL: ['9', (config) => config.parallel, 9],
  BACKUP_BANDWIDTH_KIB: ['4', (config) => config.bandwidth, 4096],
  BACKUP_DISCOVER: ['no', (config) => config.discover, false],
  CONTAINER_CMD: ['docker', (config) => config.containerCommand, 'docker'],
  POSTGRES_DATABASES: ['a, B ,a', (config) => config.databases, { postgres: ['a', 'B'] }],
  POSTGRES_CONTAINER: ['pg', (config) => config.servers[0]?.container, 'pg'],
  POSTGRES_URL: ['postgres://u:p@h/d', (config) => config.servers[0]?.host, 'h'],
  POSTGRES_PASSWORD: ['sesame', (config) => config.servers[0]?.password?.reveal(), 'sesame'],
  POSTGRES_PASSWORD_FILE: ['secret', (config) => config.servers[0]?.password?.reveal(), 'from the file'],
  BACKUP_LOCK_WAIT_SECONDS: ['5', (config) => config.lockWaitSeconds, 5],
  BACKUP_FINGERPRINT: ['sums', (config) => config.sums, true],
  BACKUP_SIGN_KEY: ['secret', (config) => basename(config.signKey ?? ''), 'secret'],
  BACKUP_ALLOWED_SIGNERS: ['secret', (config) => basename(config.allowedSigners ?? ''), 'secret'],
  BACKUP_DRILL_POSTGRES_IMAGE: ['postgres:18', (config) => config.drill.images, { postgres: 'postgres:18' }],
  BACKUP_DRILL_MONGO_IMAGE: ['mongo:8', (config) => config.drill.images, { mongo: 'mongo:8' }],
  BACKUP_DRILL_POSTGRES_URL: ['postgres://u:p@h/d', (config) => config.drill.servers[0]?.host, 'h'],
  BACKUP_DRILL_MONGO_URL: ['mongodb://h', (config) => config.drill.servers[0]?.host, 'h'],
  BACKUP_ROLE: ['restore', (config) => config.role, 'restore'],
  BACKUP_PRODUCTION: ['yes', (config) => config.production, true],
  BACKUP_DOMAIN: ['shop.example', (config) => config.domain, 'shop.example'],
  BACKUP_UNDO_DAYS: ['14', (config) => config.undoDays, 14],
  BACKUP_SCHEDULE: ['30 1 * * *', (config) => config.schedules.map(({ time }) => time.text), ['30 1 * * *']],
  BACKUP_TIMEZONE: ['Europe/Berlin', (config) => config.schedules[0]?.timezone, 'Europe/Berlin'],
  BACKUP_OVERLAP: ['wait', (config) => config.schedules[0]?.overlap, 'wait'],
  BACKUP_START_DELAY_MINUTES: ['0', (config) => config.schedules[0]?.delayMinutes, 0],
  BACKUP_TIMEOUT_HOURS: ['6', (config) => config.schedules[0]?.timeoutHours, 6],
  BACKUP_RPO_HOURS: ['30', (config) => config.rpoHours, 30],
  BACKUP_PROOF_DAYS: ['14', (config) => config.proofDays, 14],
  BACKUP_RTO_MINUTES: ['60', (config) => config.rtoMinutes, 60],
  BACKUP_NOTIFY_ON: ['start,failure', (config) => config.notify.map(({ on }) => on), [['start', 'failure']]],
  BACKUP_NOTIFY_REPEAT_HOURS: ['0', (config) => config.notifyRepeatHours, 0],
  BACKUP_SHRINK_PERCENT: ['80', (config) => config.shrinkPercent, 80],
  BACKUP_METRICS_FILE: ['/srv/m/holdfast.prom', (config) => config.metricsFile, '/srv/m/holdfast.prom'],
  BACKUP_AGE_RECIPIENTS: [AGE_KEY, (config) => config.recipients, [AGE_KEY]],
  BACKUP_SECRETS_RECIPIENTS: [AGE_KEY, (config) => config.secretsRecipients, [AGE_KEY]],
  BACKUP_AGE_IDENTITY: ['/k/id', (config) => config.identityFiles, ['/k/id']],
  BACKUP_AGE_PASSPHRASE: ['sesame', (config) => config.passphrase?.reveal(), 'sesame'],
  BACKUP_AGE_PASSPHRASE_FILE: ['secret', (config) => config.passphrase?.reveal(), 'from the file'],
  BACKUP_OPENSSL_PASSWORD_FILE: ['secret', (config) => config.opensslPassword?.reveal(), 'from the file'],
  MONGO_DATABASE: ['shop', (config) => config.databases, { mongo: ['shop'] }],
  MONGO_CONTAINER: ['mg', (config) => config.servers[0]?.container, 'mg'],
  MONGO_URL: ['mongodb://h', (config) => config.servers[0]?.host, 'h'],
  MONGO_PASSWORD: ['sesame', (config) => config.servers[0]?.password?.reveal(), 'sesame'],
  BACKUP_FILES: ['/srv/a,/srv/b.json', (config) => config.servers[0]?.files?.map(({ name }) => name), ['a', 'b.json']],
  BACKUP_SECRETS: ['/srv/a,/srv/b', (config) => config.servers[0]?.secrets?.paths, ['/srv/a', '/srv/b']],
  BACKUP_SECRETS_PLAIN: ['yes', (config) => config.secretsPlain, true],
  MONGO_PASSWORD_FILE: ['secret', (config) => config.servers[0]?.password?.reveal(), 'from the file'],
  REDIS_CONTAINER: ['rd', (config) => config.servers[0]?.container, 'rd'],
  REDIS_URL: ['redis://h', (config) => config.servers[0]?.host, 'h'],
  REDIS_PASSWORD: ['sesame', (config) => config.servers[0]?.password?.reveal(), 'sesame'],
  REDIS_PASSWORD_FILE: ['secret', (config) => config.servers[0]?.password?.reveal(), 'from the file'],
  OBJECTS_BUCKETS: ['a,b', (config) => config.databases, { objects: ['a', 'b'] }],
  OBJECTS_CONTAINER: ['mi', (config) => config.servers[0]?.container, 'mi'],
  OBJECTS_URL: ['http://h', (config) => config.servers[0]?.host, 'h'],
  OBJECTS_ACCESS_KEY_ID: ['id', (config) => config.servers[0]?.user, 'id'],
  OBJECTS_SECRET_ACCESS_KEY: ['sesame', (config) => config.servers[0]?.password?.reveal(), 'sesame'],
  OBJECTS_SECRET_ACCESS_KEY_FILE: ['secret', (config) => config.servers[0]?.password?.reveal(), 'from the file'],
  OBJECTS_OUTSIDE: ['R2', (config) => config.servers[0]?.own?.outside, 'R2'],
  BACKUP_DRILL_REDIS_IMAGE: ['redis:7', (config) => config.drill.images, { redis: 'redis:7' }],
  INFLUXDB_DATABASES: ['telegraf', (config) => config.databases, { influxdb: ['telegraf'] }],
  INFLUXDB_CONTAINER: ['in', (config) => config.servers[0]?.container, 'in'],
  INFLUXDB_URL: ['https://h?rpc=9', (config) => config.servers[0]?.parameters, { rpc: '9', tls: 'true' }],
  INFLUXDB_PASSWORD: ['sesame', (config) => config.servers[0]?.password?.reveal(), 'sesame'],
  INFLUXDB_PASSWORD_FILE: ['secret', (config) => config.servers[0]?.password?.reveal(), 'from the file'],
  BACKUP_DRILL_INFLUXDB_IMAGE: ['influxdb:1.8', (config) => config.drill.images, { influxdb: 'influxdb:1.8' }],
};

/** The place that a password is for. */
const URLS = {
  POSTGRES: 'POSTGRES_URL=postgres://h',
  REDIS: 'REDIS_URL=redis://h',
  INFLUXDB: 'INFLUXDB_URL=http://h',
  OBJECTS: 'OBJECTS_URL=http://h',
};

for (const name of [...Object.keys(SETTINGS), ...serverSettings().map(({ variable }) => variable)]) {
  test(`${name} has its effect from .env, from the environment, and from the command line`, async () => {
    const [text, seen, value] = CASES[name] ?? assert.fail(`no case for ${name}`);
    const url = URLS[name.split('_', 1)[0] as keyof typeof URLS] ?? 'MONGO_URL=mongodb://h';
    const told = name === 'BACKUP_NOTIFY_ON' ? 'BACKUP_SLACK_URL=https://h/x' : '';
    const base = /PASSWORD|ACCESS_KEY/.test(name) ? url : told;
    const secret = { secret: 'from the file\n' };
    const ways = [
      { files: { ...secret, '.env': `${base}\n${name}=${text}\n` } },
      { files: { ...secret, '.env': base }, environment: { [name]: text } },
      { files: { ...secret, '.env': base }, flags: { [name]: text } },
    ];
    for (const way of ways) assert.deepEqual(seen(await load(way)), value);
    assert.notDeepEqual(seen(await load({ files: { '.env': base } })), name === 'BACKUP_STORAGE' ? [] : value);
  });
}

test('names of other programs in .env are left alone', async () => {
  const others = 'APP_KEY=x\nPOSTGRES_USER=u\nPOSTGRES_PASSWORD=pw\nPOSTGRES_URI=y\nMYBACKUP_DIR=z\n';
  assert.deepEqual((await load({ files: { '.env': others } })).servers, []);
});

test('unknown names in the environment are left alone', async () => {
  assert.deepEqual((await load({ environment: { BACKUP_DIR: '/x' } })).retention, { days: 7 });
});

test('the command line wins over the environment, that over .env, that over holdfast.yaml', async () => {
  const files = { '.env': 'BACKUP_PARALLEL=2\n', 'holdfast.yaml': 'parallel: 1\n' };
  const [environment, flags] = [{ BACKUP_PARALLEL: '3' }, { BACKUP_PARALLEL: '4' }];
  assert.equal((await load({ files: { 'holdfast.yaml': 'parallel: 1\n' } })).parallel, 1);
  assert.equal((await load({ files })).parallel, 2);
  assert.equal((await load({ files, environment })).parallel, 3);
  assert.equal((await load({ files, environment, flags })).parallel, 4);
});

test('an empty value counts as not set and hides the one in .env', async () => {
  const files = { '.env': 'BACKUP_PARALLEL=63\nBACKUP_RETENTION_DAYS=\n' };
  for (const source of ['environment', 'flags']) {
    const config = await load({ files, [source]: { BACKUP_PARALLEL: '' } });
    assert.deepEqual([config.parallel, config.retention], [availableParallelism(), { days: 7 }]);
  }
});

test('reading .env changes nothing in the environment of the process', async () => {
  const before = JSON.stringify(process.env);
  await load({ files: { '.env': 'BACKUP_PARALLEL=2\nAPP_KEY=x\n' } });
  assert.equal(JSON.stringify(process.env), before);
});

test('a folder named .env is not a file of settings', async () => {
  assert.deepEqual((await load({ files: { '.env/bin/python': '' } })).files, []);
});

test('the files that were read are named', () =>
  withFolder({ '.env': 'A=b\n', 'holdfast.yml': '' }, async (folder) => {
    const { files } = await loadConfig({ folder, environment: {} });
    assert.deepEqual(files, [join(folder, '.env'), join(folder, 'holdfast.yml')]);
  }));

test('a path in the home folder may begin with "~/"', async () => {
  const config = await load({ environment: { BACKUP_LOCAL_DIR: '~/sets' } });
  assert.equal(config.storages[0]?.settings.folder, join(homedir(), 'sets'));
});

test('the database of a URL is the only one, unless others are named', async () => {
  const environment = { POSTGRES_URL: 'postgres://h/one' };
  assert.deepEqual((await load({ environment })).servers[0]?.databases, ['one']);
  const more = await load({ environment: { ...environment, POSTGRES_DATABASES: 'two,three' } });
  assert.deepEqual(more.servers[0]?.databases, ['two', 'three']);
  assert.deepEqual(more.databases, {});
});
