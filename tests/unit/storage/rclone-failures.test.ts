import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rcloneFailure } from '../../../scripts/storage/rclone/failures.ts';

test('what rclone says decides what kind of failure it is', () => {
  const cases: [code: number | undefined, words: string, expected: string][] = [
    [3, 'ERROR : error listing: directory not found', 'not-found'],
    [4, 'Failed to cat: object not found', 'not-found'],
    [1, `Failed to create file system for "x:": didn't find section in config file`, 'settings'],
    [1, 'Failed to rcat: write /mnt/box/a: no space left on device', 'no-space'],
    [1, "googleapi: Error 403: The user's Drive storage quota has been exceeded., storageQuotaExceeded", 'no-space'],
    [1, 'AccessDenied: Access Denied status code: 403', 'denied'],
    [1, 'mkdir /root/box: permission denied', 'denied'],
    [1, "couldn't fetch token: invalid_grant: maybe token expired?", 'denied'],
    [1, 'dial tcp 127.0.0.1:1: connect: connection refused', 'unreachable'],
    [1, 'dial tcp: lookup box.example.org: no such host', 'unreachable'],
    [1, 'net/http: TLS handshake timeout', 'unreachable'],
    [1, 'SlowDown: Please reduce your request rate. status code: 503', 'unreachable'],
    [5, 'something that passes', 'unreachable'],
    [7, 'something for good', 'storage'],
    [1, 'something else', 'storage'],
    [undefined, '', 'storage'],
  ];
  for (const [code, words, expected] of cases)
    assert.equal(rcloneFailure({ code, words }, 'rcat').code, expected, words);
});

test('the failure says which call ended how, and keeps the words', () => {
  const failure = rcloneFailure({ code: 7, words: 'the words' }, 'rcat');
  assert.equal(failure.message, '"rclone rcat" ended with exit code 7');
  assert.equal(failure.detail, 'the words');
});
