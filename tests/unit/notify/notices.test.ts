import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lateNotice, noticeOf, sendTest, tellAll } from '../../../scripts/commands/notify/notices.ts';
import { wordUntold } from '../../../scripts/commands/notify/notices-words.ts';
import { Secret } from '../../../scripts/common/secret.ts';
import type { ConfiguredNotifier } from '../../../scripts/config/notify.ts';
import type { Notice } from '../../../scripts/notify/notifier.ts';
import { bodyOf } from '../../../scripts/notify/text.ts';
import type { RunRecord, RunResult } from '../../../scripts/runs/record.ts';
import { httpPlace } from '../../contract/notify-place.ts';
import { freePort } from '../../stack/daemon.ts';
import { exampleRun } from './example-run.ts';

const NOTHING = { sources: [], skipped: [], failed: [], destinations: [], suspicions: [] };
const without = ['set', 'bytes', 'proof'] as const;

const GOOD = exampleRun({
  skipped: [{ source: 'postgres/old', reason: 'it does not exist' }],
  destinations: [
    { name: 'local', location: '/srv/backups', pruned: ['2026-04-30T02-00', '2026-04-29T02-00'] },
    { name: 's3', location: 's3://shop/backups', pruned: [] },
  ],
});
const FAILED = exampleRun(
  {
    ...NOTHING,
    outcome: 'failed',
    exitCode: 1,
    error: { code: 'unreachable', message: 'postgres/app, connect: the server does not answer' },
  },
  without,
);
const PARTIAL = exampleRun({
  outcome: 'partial',
  exitCode: 3,
  sources: [{ source: 'mongo/shop', bytes: 300_000, milliseconds: 900 }],
  bytes: 300_000,
  failed: [{ source: 'postgres/app', reason: 'password authentication failed for user "backup"' }],
});
const SHRUNK = exampleRun({ suspicions: ['postgres/app shrank from 1.2 GB to 3 MB (the usual of 7 good runs)'] });

function read(record: RunRecord, previous: readonly RunRecord[] = []): string {
  const notice = noticeOf(record, previous);
  assert.ok(notice);
  return `[${notice.kind}] ${notice.title}\n${bodyOf(notice)}`;
}

test('a start reads like this', () => {
  assert.equal(
    read(exampleRun()),
    `[start] backup of production started
of everything; the schedule "backup" asked for it

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:03.000Z`,
  );
});

test('a success reads like this', () => {
  assert.equal(
    read(GOOD),
    `[success] backup of production is good: 2 sources, 12.3 MB in 10 s
set 2026-05-07T02-00 is readable, 12.3 MB
✓ postgres/app: 12.0 MB in 8.2 s
✓ mongo/shop: 300 kB in 0.9 s
- postgres/old: it does not exist
✓ in local (/srv/backups); 2 old sets pruned
✓ in s3 (s3://shop/backups)

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:13.000Z`,
  );
});

test('a failure reads like this', () => {
  assert.equal(
    read(FAILED),
    `[failure] backup of production failed: postgres/app, connect: the server does not answer
reason: postgres/app, connect: the server does not answer
now: nothing was written
help: start it, then run the same command again
no set was made

try: holdfast logs 2026-05-07T02-00-03-a1b2

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:13.000Z`,
  );
});

test('a set that lacks a source reads like this', () => {
  assert.equal(
    read(PARTIAL),
    `[failure] backup of production lacks postgres/app: password authentication failed for user "backup"
✗ postgres/app: password authentication failed for user "backup"
set 2026-05-07T02-00 is readable, 300 kB
✓ mongo/shop: 300 kB in 0.9 s
✓ in local (/srv/backups)

try: holdfast logs 2026-05-07T02-00-03-a1b2

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:13.000Z`,
  );
});

test('what looks wrong reads like this', () => {
  assert.equal(
    read(SHRUNK),
    `[suspicious] backup of production looks wrong: postgres/app shrank from 1.2 GB to 3 MB (the usual of 7 good runs)
! postgres/app shrank from 1.2 GB to 3 MB (the usual of 7 good runs)
set 2026-05-07T02-00 is readable, 12.3 MB
✓ postgres/app: 12.0 MB in 8.2 s
✓ mongo/shop: 300 kB in 0.9 s
✓ in local (/srv/backups)

try: holdfast list

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:13.000Z`,
  );
});

test('a recovery reads like this', () => {
  const first = { ...FAILED, startedAt: '2026-05-05T02:00:03.000Z' };
  assert.equal(
    read(exampleRun({}), [exampleRun({}), first, PARTIAL]),
    `[success] backup of production is good again: 2 sources, 12.3 MB in 10 s
set 2026-05-07T02-00 is readable, 12.3 MB
✓ postgres/app: 12.0 MB in 8.2 s
✓ mongo/shop: 300 kB in 0.9 s
✓ in local (/srv/backups)
before: 2 runs failed, the first at 2026-05-05T02:00:03.000Z

host shop-1, run 2026-05-07T02-00-03-a1b2, 2026-05-07T02:00:13.000Z`,
  );
});

const TITLES: readonly [RunResult['outcome'], Partial<RunResult>, string][] = [
  ['died', NOTHING, 'backup of production died: the run 2026-05-07T02-00-03-a1b2 never said how it ended'],
  [
    'interrupted',
    { ...NOTHING, error: { code: 'interrupted', message: 'interrupted by SIGTERM' } },
    'backup of production was interrupted: interrupted by SIGTERM',
  ],
  [
    'partial',
    { destinations: [{ name: 's3', location: 's3://x', failure: 'access denied', pruned: [] }] },
    'backup of production did not reach s3: access denied',
  ],
  [
    'partial',
    { failed: ['a', 'b', 'c'].map((source) => ({ source, reason: 'gone' })) },
    'backup of production lacks a: gone, and 2 more',
  ],
  ['failed', { ...NOTHING, exitCode: 5 }, 'backup of production failed: exit code 5'],
  [
    'failed',
    { ...NOTHING, error: { code: 'settings', message: 'one\n  two' } },
    'backup of production failed: one two',
  ],
];

for (const [outcome, result, title] of TITLES) {
  test(`the title of a run that ended "${outcome}" is "${title}"`, () => {
    assert.equal(noticeOf(exampleRun({ outcome, exitCode: 1, ...result }), [])?.title, title);
  });
}

test('a title is never long, the reason stands below it', () => {
  const error = { code: 'settings', message: 'x'.repeat(999) } as const;
  const notice = noticeOf(exampleRun({ ...NOTHING, outcome: 'failed', error }), []);
  assert.equal(notice?.title.length, 200);
  assert.equal(notice?.lines[0], `reason: ${error.message}`);
});

test('of many sources the first are listed', () => {
  const sources = Array.from({ length: 23 }, (_, index) => ({ source: `s/${index}`, bytes: 1, milliseconds: 1 }));
  const lines = noticeOf(exampleRun({ sources }), [])?.lines ?? [];
  assert.equal(lines.filter((line) => line.startsWith('✓ s/')).length, 20);
  assert.ok(lines.includes('✓ and 3 more sources'));
});

test('a command that a failure names is the one to try', () => {
  const error = { code: 'damaged', message: 'x', hint: 'holdfast verify --deep' } as const;
  assert.equal(noticeOf(exampleRun({ outcome: 'failed', error }), [])?.command, 'holdfast verify --deep');
});

test('a run that did nothing is told to nobody', () => {
  assert.equal(noticeOf(exampleRun({ ...NOTHING, outcome: 'skipped' }), []), undefined);
});

test('only failures of the same work, since it was last good, make a recovery', () => {
  const good = exampleRun({});
  const recovers = (...previous: RunRecord[]) => noticeOf(good, previous)?.recovery ?? false;
  assert.equal(recovers(), false);
  assert.equal(recovers(FAILED), true);
  assert.equal(recovers(PARTIAL), true);
  assert.equal(recovers(FAILED, good), false);
  assert.equal(recovers({ ...FAILED, choice: ['mongo'] }), false);
  assert.equal(recovers({ ...FAILED, command: 'verify' }), false);
  assert.equal(recovers({ ...FAILED, environment: 'staging' }), false);
  assert.equal(recovers(FAILED, exampleRun({ ...NOTHING, outcome: 'skipped' })), true);
  assert.equal(recovers(good, exampleRun({ ...NOTHING, outcome: 'skipped' })), false);
  assert.equal(recovers(FAILED, exampleRun()), true);
  assert.equal(noticeOf(SHRUNK, [FAILED])?.recovery, undefined);
});

test('the same failure with other numbers is the same news, another reason is not', () => {
  const news = (reason: string) =>
    noticeOf(exampleRun({ outcome: 'partial', failed: [{ source: 'a', reason }] }), [])?.news;
  assert.equal(news('no answer within 12 s (pid 4711)'), news('no answer within 30 s (pid 99)'));
  assert.notEqual(news('no answer within 12 s'), news('password authentication failed'));
});

test('a backup that is too old is told without a run, one in time is not', () => {
  const now = new Date('2026-05-07T12:00:00Z');
  const told = (lastGood: Date | undefined) =>
    lateNotice({ environment: 'production', lastGood, rpoSeconds: 26 * 3600, now })?.title;
  assert.equal(told(new Date('2026-05-06T10:00:00Z')), undefined);
  assert.equal(
    told(new Date('2026-05-05T10:00:00Z')),
    'the newest good backup of production is 2 d 2 h old; 1 d 2 h are allowed',
  );
  assert.equal(told(undefined), 'there is no good backup of production');
});

test('everyone is told; who is dead is named for a warning, and is told the next time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-notices-'));
  const place = await httpPlace();
  try {
    const slack = (name: string, port: number): ConfiguredNotifier => {
      const url = new Secret(`http://127.0.0.1:${port}/Kw7zQ9xJ`);
      return { name, kind: 'slack', on: ['failure'], settings: { url } };
    };
    const broken: ConfiguredNotifier = {
      name: 'phone',
      kind: 'ntfy',
      on: ['failure'],
      settings: { url: new Secret('http://127.0.0.1/') },
    };
    const config = {
      notify: [slack('team', place.port), slack('dead', await freePort()), broken],
      notifyRepeatHours: 6,
      environment: 'production',
    };
    const notice = noticeOf(FAILED, []) as Notice;
    const stateFolder = join(folder, 'logs');
    const first = await tellAll(config, notice, { stateFolder });
    assert.deepEqual(
      first.map(({ name, outcome }) => `${name} ${outcome}`),
      ['team sent', 'dead failed', 'phone failed'],
    );
    assert.deepEqual(wordUntold(first), [
      'the notifier "dead" was not told: "127.0.0.1" cannot be reached: ECONNREFUSED',
      'the notifier "phone" was not told: the URL of the notifier "phone" names no topic, expected https://host/topic',
    ]);
    const second = await tellAll(config, notice, { stateFolder });
    assert.deepEqual(
      second.map(({ outcome }) => outcome),
      ['skipped', 'failed', 'failed'],
    );
    assert.deepEqual(
      (await sendTest(config)).map(({ outcome }) => outcome),
      ['sent', 'failed', 'failed'],
    );
    assert.equal(place.arrived.length, 2);
    assert.match(place.arrived[1]?.body ?? '', /test: messages of Holdfast about production arrive here/);
  } finally {
    await place.close();
    await rm(folder, { recursive: true });
  }
});
