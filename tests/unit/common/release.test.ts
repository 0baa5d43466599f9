import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { release } from '../../../scripts/common/release.ts';

const LARGE = 256 * 1024;

test('a large buffer of its own is given back', () => {
  for (const bytes of [LARGE, Buffer.poolSize]) {
    const chunk = Buffer.allocUnsafeSlow(bytes);
    release(chunk);
    assert.equal(chunk.length, 0);
  }
});

test('only the last slice of a buffer gives it back', () => {
  const whole = Buffer.alloc(LARGE, 7);
  release(whole.subarray(0, 1000));
  assert.equal(whole[999], 7);
  release(whole.subarray(1000));
  assert.equal(whole.length, 0);
});

test('the pool that small buffers share is left alone, even by the one that lies at its end', () => {
  const before = Buffer.from('x'.repeat(100));
  const pool = before.buffer;
  release(Buffer.from(pool, pool.byteLength - 64));
  assert.equal(before.toString(), 'x'.repeat(100));
});
