import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Failure } from '../../../../scripts/common/failure.ts';
import { s3Failure } from '../../../../scripts/storage/s3/errors.ts';

const deed = { what: 'cannot write "a"', bucket: 'shop', endpoint: 'https://s3.example.org' };

function answer(status: number | undefined, name: string, more: object = {}): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } };
  return Object.assign(new Error('words of the far side'), { name, ...metadata, ...more });
}

test('each answer is told as what it means for a backup', () => {
  const cases: readonly [Error, string][] = [
    [answer(404, 'NoSuchKey'), 'not-found'],
    [answer(404, 'NoSuchBucket'), 'not-found'],
    [answer(403, 'AccessDenied'), 'denied'],
    [answer(403, 'SomethingNew'), 'denied'],
    [answer(400, 'ExpiredToken'), 'denied'],
    [answer(undefined, 'CredentialsProviderError'), 'denied'],
    [answer(503, 'SlowDown'), 'unreachable'],
    [answer(500, 'Whatever'), 'unreachable'],
    [answer(429, 'Whatever'), 'unreachable'],
    [answer(400, 'RequestTimeout'), 'unreachable'],
    [answer(400, 'BadDigest'), 'unreachable'],
    [answer(409, 'ConditionalRequestConflict'), 'unreachable'],
    [answer(200, 'SyntaxError'), 'unreachable'],
    [answer(501, 'NotImplemented'), 'storage'],
    [answer(400, 'InvalidPart'), 'storage'],
    [answer(412, 'PreconditionFailed'), 'storage'],
    [answer(507, 'XMinioStorageFull'), 'no-space'],
    [answer(undefined, 'Error', { code: 'ECONNRESET' }), 'unreachable'],
    [answer(undefined, 'Error', { code: 'ENOTFOUND' }), 'unreachable'],
    [answer(undefined, 'TimeoutError'), 'unreachable'],
    [answer(undefined, 'Error', { code: 'CERT_HAS_EXPIRED' }), 'storage'],
    [answer(undefined, 'AbortError'), 'interrupted'],
    [answer(undefined, 'TypeError'), 'internal'],
  ];
  for (const [error, code] of cases) assert.equal(s3Failure(error, deed).code, code, inspect(error));
});

test('what can be done is said where it is known', () => {
  const facts = (error: Error) => {
    const { message, hint } = s3Failure(error, deed);
    return `${message} | ${hint}`;
  };
  assert.match(facts(answer(404, 'NoSuchBucket')), /no bucket "shop" \| aws s3api create-bucket --bucket shop/);
  assert.match(facts(answer(403, 'RequestTimeTooSkewed')), /clock of this machine/);
  assert.match(facts(answer(501, 'NotImplemented')), /BACKUP_S3_CHECKSUMS=none/);
  assert.match(
    facts(answer(400, 'AuthorizationHeaderMalformed', { Region: 'eu-west-1' })),
    /BACKUP_S3_REGION=eu-west-1/,
  );
  assert.match(
    facts(answer(403, 'AccessDenied', { message: 'Access Denied because object protected by object lock.' })),
    /locked/,
  );
  assert.match(
    facts(answer(400, 'InvalidRequest', { message: 'Content-MD5 OR x-amz-checksum- HTTP header is required' })),
    /CHECKSUMS=md5/,
  );
});

test('the words of the far side are kept, and the request with its token is not', () => {
  const failure = s3Failure(answer(403, 'AccessDenied', { $response: { token: 'secret-token' } }), deed);
  assert.equal(failure.detail, 'AccessDenied: words of the far side (HTTP 403)');
  assert.ok(!inspect(failure, { depth: 9, showHidden: true }).includes('secret-token'));
});

test('a Failure stays itself', () => {
  const failure = new Failure('tool-failed', { message: 'x' });
  assert.equal(s3Failure(failure, deed), failure);
});
