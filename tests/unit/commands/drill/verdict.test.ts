import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFinal, verdictOf, worst } from '../../../../scripts/commands/drill/verdict.ts';
import { Failure, type FailureCode } from '../../../../scripts/common/failure.ts';
import { postgresThrowaway } from '../../../../scripts/datastores/postgres/throwaway.ts';

const judge = (code: FailureCode, restoring: boolean, detail = '') =>
  verdictOf({ failure: new Failure(code, { message: 'm', detail }), restoring, recipe: postgresThrowaway });

test('the verdict of a set is its worst; of nothing it is UNVERIFIABLE', () => {
  assert.equal(worst(['PASS', 'UNVERIFIABLE', 'FAIL', 'PASS']), 'FAIL');
  assert.equal(worst(['PASS', 'UNVERIFIABLE']), 'UNVERIFIABLE');
  assert.equal(worst(['PASS', 'PASS']), 'PASS');
  assert.equal(worst([]), 'UNVERIFIABLE');
});

test('what is damaged fails at any time; what is missing here does not fail a set', () => {
  for (const restoring of [true, false]) {
    assert.equal(judge('damaged', restoring), 'FAIL');
    assert.equal(judge('mismatch', restoring), 'FAIL');
    for (const code of ['no-space', 'version', 'tool-missing', 'unreachable'] as const) {
      assert.equal(judge(code, restoring), 'UNVERIFIABLE');
    }
  }
  assert.equal(judge('denied', false), 'UNVERIFIABLE');
  assert.equal(judge('settings', false), 'UNVERIFIABLE');
  assert.equal(judge('tool-failed', true), 'FAIL');
});

const OF_IMAGE = [
  'ERROR:  extension "postgis" is not available',
  'ERROR:  could not open extension control file "/usr/share/postgresql/18/extension/x.control": No such file',
  'ERROR:  could not access file "$libdir/vector": No such file or directory',
  'FATAL:  extension "timescaledb" must be preloaded\nERROR:  pg_cron can only be loaded via shared_preload_libraries',
  'ERROR:  invalid LC_COLLATE locale name: "de_DE.UTF-8"',
];

for (const words of OF_IMAGE) {
  test(`the image is to blame, not the set: ${words}`, () => {
    assert.equal(judge('tool-failed', true, words), 'UNVERIFIABLE');
  });
}

test('an error of the data is to blame on the set', () => {
  assert.equal(judge('tool-failed', true, 'ERROR:  could not create unique index "users_pkey"'), 'FAIL');
  assert.equal(judge('denied', true, 'ERROR:  role "app" does not exist'), 'FAIL');
});

test('a signal, a bug and a refusal end the drill instead of judging the set', () => {
  for (const code of ['interrupted', 'internal', 'refused'] as const) {
    assert.equal(isFinal(new Failure(code, { message: 'm' })), true);
  }
  assert.equal(isFinal(new TypeError('x')), true);
  assert.equal(isFinal(new Failure('damaged', { message: 'm' })), false);
});
