import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { historyOf } from '../../../../scripts/commands/status/history.ts';
import { statusPage } from '../../../../scripts/commands/status/page.ts';
import { writeStatusPage } from '../../../../scripts/commands/status/page-file.ts';
import { html } from '../../../../scripts/commands/status/page-html.ts';
import { concernsOf } from '../../../../scripts/commands/status/verdict.ts';
import { Failure } from '../../../../scripts/common/failure.ts';
import { drillAgo, exampleSet, exampleStanding, exampleStorage, NOW, runAgo, SHOP } from './example.ts';

test('every text in a page is escaped, and what turns the direction of text is taken out', () => {
  const name = `<b a='1' c="2">&\u202e\u0000`;
  assert.equal(html`<p title="${name}">${name}</p>`.markup.includes('<b'), false);
  assert.equal(html`${name}`.markup, '&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\ufffd\ufffd');
  assert.equal(html`${[html`<i>${1}</i>`, html`<i>2</i>`]}${undefined}`.markup, '<i>1</i><i>2</i>');
});

test('the same facts give the same page, without a script or an address', () => {
  const make = () => {
    const standing = exampleStanding();
    return statusPage(standing, concernsOf(standing));
  };
  assert.equal(make(), make());
  assert.doesNotMatch(make(), /<script|javascript:|https?:\/\/(?!www\.w3\.org)|style=|url\(|@import/);
});

test('a day shows its largest set, its longest backup, how many failed, and the highest proof', () => {
  const small = { 'mongo/shop': SHOP['mongo/shop'] ?? { bytes: 0 } };
  const sets = [exampleSet(34), exampleSet(33, small)];
  const runs = [
    runAgo(34, 'backup', { bytes: 9 }),
    runAgo(33, 'backup', { outcome: 'failed', exitCode: 1 }),
    runAgo(32, 'backup', { outcome: 'skipped' }),
    drillAgo(30),
    drillAgo(10, { verdict: 'FAIL' }),
  ];
  const days = historyOf(exampleStanding({ storages: [exampleStorage(sets)], runs }));
  assert.equal(days.length, 91);
  assert.deepEqual(days.slice(-3), [
    {
      day: '2026-05-05',
      bytes: undefined,
      milliseconds: undefined,
      restoreMilliseconds: undefined,
      failedBackups: 0,
      level: undefined,
      hasFailedProof: false,
    },
    {
      day: '2026-05-06',
      bytes: 10_000_000,
      milliseconds: 10_000,
      restoreMilliseconds: 192_000,
      failedBackups: 1,
      level: 'proven',
      hasFailedProof: false,
    },
    {
      day: '2026-05-07',
      bytes: undefined,
      milliseconds: undefined,
      restoreMilliseconds: undefined,
      failedBackups: 0,
      level: undefined,
      hasFailedProof: true,
    },
  ]);
});

test('the line of the RTO stands where its minutes are, and there is none without a target', () => {
  const page = (rtoMinutes: number | undefined) =>
    statusPage(exampleStanding({ runs: [runAgo(10, 'backup', {}), drillAgo(5)], config: { rtoMinutes } }), []);
  // The restore took 3.2 min, and the scale goes up to 4.
  assert.match(page(2), /<path class="limit" d="M0 50H91"\/>/);
  assert.match(page(2), /the RTO of 2 min/);
  assert.doesNotMatch(page(undefined), /class="limit"/);
});

test('what retention removed stays in the history, and what is older than 91 days does not', () => {
  const hours = (days: number) => days * 24;
  const runs = [runAgo(hours(91), 'backup', { bytes: 7 }), runAgo(hours(90), 'backup', { bytes: 8 })];
  const days = historyOf(exampleStanding({ storages: [exampleStorage([])], runs }));
  assert.deepEqual([days[0]?.day, days[0]?.bytes, days[0]?.level], ['2026-02-06', 8, 'readable']);
  assert.equal(days.filter(({ bytes }) => bytes !== undefined).length, 1);
});

test('a page appears whole, for its owner alone, and keeps the rights that its owner gives it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-page-'));
  try {
    const path = await writeStatusPage(join(folder, 'index.html'), 'one');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await chmod(path, 0o644);
    await writeStatusPage(path, 'two');
    assert.equal((await stat(path)).mode & 0o777, 0o644);
    assert.equal(await readFile(path, 'utf8'), 'two');
    assert.deepEqual(await readdir(folder), ['index.html']);
    const wrong = join(folder, 'none', 'index.html');
    await assert.rejects(writeStatusPage(wrong, 'x'), (error) => {
      assert.ok(error instanceof Failure && error.code === 'storage' && error.message.includes(wrong));
      return true;
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the calendar begins on a Monday whatever day it is', () => {
  for (let days = 0; days < 7; days += 1) {
    const now = new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);
    const standing = { ...exampleStanding(), now };
    const page = statusPage(standing, []);
    const rows = [
      ...page.matchAll(/<title>(\d{4}-\d\d-\d\d): [^<]*<\/title><rect class="cell \w+" x="\d+" y="(\d+)"/g),
    ];
    assert.equal(rows.length, 91);
    for (const [, day, y] of rows) {
      assert.equal((Number(y) - 20) / 19, (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7, `${day}`);
    }
  }
});

test('a set that nobody looked into is stored on its day, and no more', () => {
  const set = exampleSet(10, SHOP, { proof: 'stored', provenAt: undefined });
  const days = historyOf(exampleStanding({ storages: [exampleStorage([set])], runs: [] }));
  assert.equal(days.at(-1)?.level, 'stored');
});
