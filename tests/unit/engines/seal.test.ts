import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { parseSeal, SEAL_BYTES, Unsealer } from '../../../scripts/engines/seal.ts';

const NONCE = '0123456789abcdef0123456789abcdef';
const DIGEST = 'a'.repeat(64);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A seal as the wrapper prints it. */
function seal({ nonce = NONCE, code = '0', bytes = '5', output = DIGEST, input = '-' } = {}): Buffer {
  const fields = [code.padStart(3), bytes.padStart(20), output.padStart(64), input.padStart(64)];
  return Buffer.from(`\nholdfast-seal ${nonce} ${fields.join(' ')}\n`);
}

test('a seal says code, bytes and both digests', () => {
  assert.equal(seal().length, SEAL_BYTES);
  const found = parseSeal(seal({ code: '143', bytes: '1099511627776', input: 'b'.repeat(64) }), NONCE);
  assert.deepEqual(found, { code: 143, bytes: 1099511627776, sha256: DIGEST, input: 'b'.repeat(64) });
});

test('what the far side could not find out is missing from the verdict', () => {
  assert.deepEqual(parseSeal(seal({ bytes: '-', output: '', input: '' }), NONCE), { code: 0 });
});

test('the seal of another call is none', () => {
  assert.equal(parseSeal(seal({ nonce: 'f'.repeat(32) }), NONCE), undefined);
});

test('a seal with any one byte changed is another one or none', () => {
  const whole = parseSeal(seal({ bytes: '12345' }), NONCE);
  for (let at = 0; at < SEAL_BYTES; at += 1) {
    const changed = seal({ bytes: '12345' });
    changed[at] = (changed[at] ?? 0) ^ 0x40;
    assert.notDeepEqual(parseSeal(changed, NONCE), whole, `byte ${at}`);
  }
});

test('a seal that is cut short or comes with something more is none', () => {
  assert.equal(parseSeal(seal().subarray(1), NONCE), undefined);
  assert.equal(parseSeal(seal().subarray(0, -1), NONCE), undefined);
  assert.equal(parseSeal(Buffer.concat([seal(), Buffer.from('\n')]), NONCE), undefined);
  assert.equal(parseSeal(Buffer.alloc(0), NONCE), undefined);
});

test('data and seal are told apart wherever the chunks are cut', () => {
  for (const length of [0, 1, SEAL_BYTES - 1, SEAL_BYTES, SEAL_BYTES + 1, 5000]) {
    const data = randomBytes(length);
    const whole = Buffer.concat([data, seal()]);
    for (const size of [1, 7, SEAL_BYTES, SEAL_BYTES + 1, 4096, whole.length]) {
      const unsealer = new Unsealer(NONCE);
      const passed: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size) passed.push(...unsealer.add(whole.subarray(at, at + size)));
      assert.ok(unsealer.isSealed);
      const end = unsealer.end();
      assert.deepEqual(Buffer.concat([...passed, end.data]), data);
      assert.deepEqual(end.seal, seal());
      assert.equal(end.sha256, sha256(data));
      assert.equal(unsealer.bytes, length);
    }
  }
});

test('chunks are passed on as they came, not copied', () => {
  const unsealer = new Unsealer(NONCE);
  const [first, second] = [randomBytes(65536), randomBytes(65536)];
  assert.deepEqual(unsealer.add(first), []);
  const passed = unsealer.add(second);
  assert.equal(passed[0], first);
});

test('data alone is not taken for sealed, not even the words of a seal without the nonce', () => {
  const unsealer = new Unsealer(NONCE);
  for (const chunk of [randomBytes(1000), seal({ nonce: 'f'.repeat(32) }), Buffer.from(NONCE)]) {
    unsealer.add(chunk);
    assert.equal(unsealer.isSealed, false);
  }
});

test('a seal whose line ends were changed is seen to have come', () => {
  const unsealer = new Unsealer(NONCE);
  unsealer.add(Buffer.from(seal().toString().replaceAll('\n', '\r\n')));
  assert.equal(unsealer.isSealed, true);
});

test('a stream without a seal holds nothing back', () => {
  const unsealer = new Unsealer(undefined);
  const chunk = Buffer.from('all');
  assert.deepEqual(unsealer.add(chunk), [chunk]);
  assert.deepEqual(unsealer.end(), { data: Buffer.alloc(0), seal: Buffer.alloc(0), sha256: sha256(chunk) });
});
