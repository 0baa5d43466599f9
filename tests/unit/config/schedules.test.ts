import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsOnlyInShell } from '../../../scripts/config/shell-settings.ts';
import { load } from './folder.ts';

const yaml = (text: string) => ({ files: { 'holdfast.yaml': text } });

test('holdfast.yaml lists several schedules, each with its own time, work, sources and storages', async () => {
  const config = await load(
    yaml(`
rpo_hours: 30
storage: { local: {}, s3: { bucket: b } }
schedules:
  - at: "0 2 * * *"
  - name: hourly-mongo
    at: 7 * * * *
    sources: [mongo]
    storages: local
    overlap: wait
    delay_minutes: 0
    timezone: Europe/Berlin
  - at: "@weekly"
    does: verify
    timeout_hours: 3
    sample_percent: 10
`),
  );
  assert.equal(config.rpoHours, 30);
  assert.deepEqual(
    config.schedules.map(({ time, ...rest }) => ({ ...rest, time: time.text })),
    [
      { ...COMMON, name: 'backup', does: 'backup', time: '0 2 * * *' },
      {
        ...COMMON,
        name: 'hourly-mongo',
        does: 'backup',
        time: '7 * * * *',
        sources: ['mongo'],
        storages: ['local'],
        overlap: 'wait',
        delayMinutes: 0,
        timezone: 'Europe/Berlin',
      },
      { ...COMMON, name: 'verify', does: 'verify', time: '0 0 * * 0', timeoutHours: 3, samplePercent: 10 },
    ],
  );
});

const COMMON = {
  timezone: undefined,
  sources: [],
  storages: undefined,
  overlap: 'skip',
  delayMinutes: 5,
  timeoutHours: 12,
};

const WRONG: readonly [string, string, RegExp][] = [
  [
    'a time that never comes',
    'schedules: [{ at: 0 2 30 2 * }]',
    /holdfast\.yaml:1:\d+: schedules\[1\]\.at .*expected a time/,
  ],
  ['a schedule without a time', 'schedules: [{ name: night }]', /the schedule "night" has no time/],
  ['two schedules of one name', 'schedules: [{ at: "@daily" }, { at: "@hourly" }]', /two schedules named "backup"/],
  ['a zone that is none', 'schedules: [{ at: "@daily", timezone: Berlin }]', /expected a time zone/],
  ['work that is none', 'schedules: [{ at: "@daily", does: dance }]', /expected one of "backup", "verify"/],
  ['a share of backups', 'schedules: [{ at: "@daily", sample_percent: 10 }]', /only "verify" takes sample_percent/],
  [
    'a retention of its own without sources of its own',
    'schedules: [{ at: "@daily", retention: { last: 2 } }]',
    /holdfast\.yaml:1:\d+: the schedule "backup" has a retention of its own; only a backup of some sources takes one/,
  ],
  ['a key that is none', 'schedules: [{ at: "@daily", zone: UTC }]', /"zone" is not a setting/],
];

for (const [what, text, expected] of WRONG) {
  test(`${what} is refused with its place`, async () => {
    await assert.rejects(load(yaml(text)), { code: 'settings', message: expected });
  });
}

test('a BACKUP_SCHEDULE beside schedules of holdfast.yaml is refused: one of them would be passed over', async () => {
  const files = { '.env': "BACKUP_SCHEDULE='0 3 * * *'\n", 'holdfast.yaml': 'schedules: [{ at: "@daily" }]' };
  await assert.rejects(load({ files }), { message: /found BACKUP_SCHEDULE while .*holdfast\.yaml lists schedules/ });
});

test('a wrong BACKUP_SCHEDULE is told with file, line and column', async () => {
  const files = { '.env': 'A=1\nBACKUP_SCHEDULE=nightly\n' };
  await assert.rejects(load({ files }), {
    message: /\.env:2:\d+: BACKUP_SCHEDULE is "nightly", expected a time as in crontab/,
  });
});

test('settings that only the shell has are named, never with their values', async () => {
  const environment = { BACKUP_S3_BUCKET: 'b', AWS_SECRET_ACCESS_KEY: 'sesame', PATH: '/bin', POSTGRES_URL: '' };
  assert.deepEqual(await settingsOnlyInShell('/nonexistent-folder', environment), [
    'AWS_SECRET_ACCESS_KEY',
    'BACKUP_S3_BUCKET',
  ]);
});
