import assert from 'node:assert/strict';
import { Failure, type FailureCode } from '../../scripts/common/failure.ts';

/** The Failure that a promise rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.then(
    (value) => assert.fail(`expected a Failure, found ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof Failure) return outcome;
  throw outcome;
}

/** Fails the test unless the promise rejects with a Failure of this code. */
export async function assertFails(promise: Promise<unknown>, code: FailureCode): Promise<Failure> {
  const failure = await failureOf(promise);
  assert.equal(failure.code, code, `${failure.code}: ${failure.message} ${failure.detail ?? ''}`);
  return failure;
}
