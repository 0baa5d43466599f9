import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordCheck, wordUnknown } from '../../../../scripts/commands/status/check.ts';
import type { Standing } from '../../../../scripts/commands/status/facts.ts';
import { concernsOf } from '../../../../scripts/commands/status/verdict.ts';
import { wordStatus } from '../../../../scripts/commands/status/words.ts';
import { Failure } from '../../../../scripts/common/failure.ts';
import { DAY, drillAgo, exampleSet, exampleStanding, exampleStorage, NOW, provenSet, runAgo } from './example.ts';

const nights = [58, 34, 10].map((hours) => exampleSet(hours));

test('a plug-in is told OK, WARN and CRIT in one line with numbers, and by its exit code', () => {
  const check = (standing: Standing) => wordCheck(standing, concernsOf(standing));
  const ok = check(
    exampleStanding({
      storages: [exampleStorage([provenSet(10, 2)])],
      runs: [drillAgo(48)],
      config: { rtoMinutes: 5 },
    }),
  );
  assert.equal(ok.exitCode, 0);
  const numbers =
    /^OK: "production" was backed up 10 h ago \(RPO 26 h\); proven by a restore 47 h ago \| age_hours=10\.0;;26;0 size_bytes=10000000B;;;0 proof_age_days=2\.0;30;;0 restore_seconds=192\.0s;300;;0 storages_late=0;0;;0 sets_unfinished=0;0;;0$/;
  assert.match(ok.lines.join('\n'), numbers);
  const warn = check(exampleStanding({ config: { proofDays: 9 } }));
  assert.equal(warn.exitCode, 1);
  assert.match(warn.lines[0] ?? '', /^WARN: no set was ever proven by a restore; the target is 9 d \| age_hours=/);
  const storages = [exampleStorage(nights.slice(0, 2), { damaged: ['2026-05-01T02-00'] })];
  const crit = check(exampleStanding({ storages, config: { rtoMinutes: 5 } }));
  assert.equal(crit.exitCode, 2);
  assert.match(crit.lines[0] ?? '', /^CRIT: .* \(and 2 more\) \| age_hours=34\.0;;26;0 /);
  assert.deepEqual(crit.lines.slice(1), [
    'WARN: the set 2026-05-01T02-00 in local is damaged',
    'WARN: no set was ever proven by a restore; the target is 30 d',
  ]);
});

test('what comes from elsewhere can neither begin the numbers of a plug-in nor break its line', () => {
  const failure = new Failure('unreachable', { message: 'a | age_hours=0\u0007 b\tc' });
  const standing = exampleStanding({ storages: [exampleStorage([], { failure })] });
  const { lines } = wordCheck(standing, concernsOf(standing));
  assert.match(lines[0] ?? '', /^CRIT: no storage can be asked: local: a \/ age_hours=0 b c \| storages_late=1/);
  assert.equal(wordUnknown('a|b\nc'), 'UNKNOWN: a/b');
});

test('status tells sources with their usual size, storages, the proof, runs and what to try', () => {
  const standing = exampleStanding({ runs: [runAgo(10, 'backup', {}), drillAgo(5)], config: { rtoMinutes: 60 } });
  const lines = wordStatus(standing, concernsOf(standing));
  const text = lines.join('\n');
  assert.match(lines[0] ?? '', /^OK: "production" was backed up 10 h ago/);
  assert.match(
    text,
    /^postgres\/app {2}2026-05-07T02-00 {2}10 h {2}26 h {3}900 {2}8\.0 MB {2}8\.0 MB {2}steady {2}readable {2}ok$/m,
  );
  assert.match(text, /^local {4}2026-05-07T02-00 {2}10 h {2}10\.0 MB {2}readable {5}3 {2}ok$/m);
  assert.match(text, /^proof: proven by a restore 4 h ago \(set .*\); the target is 30 d$/m);
  assert.match(text, /^a restore takes 3 min 12 s for 10\.0 MB, measured 4 h ago; the RTO is 60 min$/m);
  assert.match(text, /^last drill run: good/m);
  assert.match(text, /^next backup: 2026-05-08/m);
});

test('the newest proof is known from the sets alone, where no run is recorded', () => {
  const { proof } = exampleStanding({ storages: [exampleStorage([provenSet(58, 2), exampleSet(10)])], runs: [] });
  assert.deepEqual(proof.newest, { at: new Date(NOW.getTime() - 2 * DAY), set: '2026-05-05T02-00' });
});

test('of the copies of a set the one that is proven furthest counts, wherever it lies', () => {
  const storages = [exampleStorage([provenSet(10, 0.2)]), exampleStorage([exampleSet(10)], { name: 's3' })];
  for (const order of [storages, storages.toReversed()]) {
    const { sources, sets } = exampleStanding({ storages: order });
    assert.deepEqual(
      sources.map(({ proof }) => proof),
      ['proven', 'proven'],
    );
    assert.equal(sets.length, 1);
  }
});

test('a source that failed is late and not gone; one that newer sets lack without a reason is gone', () => {
  const other = { 'postgres/other': { bytes: 5 } };
  const failing = [{ kind: 'postgres', name: 'app', server: 'default' }];
  const stateOfApp = (failed: readonly unknown[]) => {
    const newest = exampleSet(10, other);
    const sets = [exampleSet(40), { ...newest, manifest: { ...newest.manifest, failed } }];
    return exampleStanding({ storages: [exampleStorage(sets)] }).sources.find(({ source }) => source === 'postgres/app')
      ?.state;
  };
  assert.equal(stateOfApp(failing), 'late');
  assert.equal(stateOfApp([]), 'gone');
});
