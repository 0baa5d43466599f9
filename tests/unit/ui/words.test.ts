import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureCode } from '../../../scripts/common/failure.ts';
import { exitCodeOf, explain, wordFailure } from '../../../scripts/ui/words.ts';

/** Every code with the exit code that scripts rely on. */
const EXIT_CODES: Readonly<Record<FailureCode, number>> = {
  usage: 2,
  settings: 2,
  ambiguous: 2,
  'not-found': 1,
  denied: 1,
  unreachable: 1,
  'tool-missing': 1,
  'tool-failed': 1,
  'broken-stream': 1,
  'server-changed': 1,
  timeout: 1,
  interrupted: 1,
  'no-space': 1,
  storage: 1,
  damaged: 5,
  mismatch: 5,
  version: 1,
  locked: 4,
  'lock-lost': 1,
  'clock-jumped': 1,
  refused: 1,
  internal: 1,
};

test('every failure has its exit code, and says what stands and what to try', () => {
  for (const [code, exit] of Object.entries(EXIT_CODES)) {
    const failure = new Failure(code as FailureCode, { message: 'it broke' });
    assert.equal(exitCodeOf(failure), exit, code);
    const { stands, hint } = explain(failure);
    assert.ok(stands && hint, code);
  }
});

test('a run that a signal ended exits with 128 and its number', () => {
  for (const [name, exit] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    assert.equal(exitCodeOf(new Failure('interrupted', { message: `ended by ${name}` })), exit);
  }
});

test('a failure is worded as what happened, where, in the far words, what stands and what to try', () => {
  const failure = new Failure('denied', {
    message: 'cannot log in to db as "shop"',
    source: 'postgres/app',
    step: 'dump',
    detail: 'psql: error: one\ntwo\n',
  });
  assert.equal(
    wordFailure(failure),
    [
      'error: postgres/app, dump: cannot log in to db as "shop"',
      '       | psql: error: one',
      '       | two',
      '  now: nothing was written',
      '  try: check user, password and rights',
    ].join('\n'),
  );
});

test('what the failure itself knows takes the place of the general advice', () => {
  const failure = new Failure('locked', { message: 'm', stands: 'this stands', hint: 'kill 1' });
  assert.equal(wordFailure(failure), 'error: m\n  now: this stands\n  try: kill 1');
});

test('a message of several lines stays below its first word', () => {
  assert.match(wordFailure(new Failure('settings', { message: 'one\ntwo' })), /^error: one\n {7}two\n/);
});

test('only a bug shows its stack', () => {
  const cause = new Error('boom');
  assert.match(wordFailure(new Failure('internal', { message: 'boom', cause })), /\n\s+at /);
  assert.doesNotMatch(wordFailure(new Failure('storage', { message: 'boom', cause })), /\n\s+at /);
});
