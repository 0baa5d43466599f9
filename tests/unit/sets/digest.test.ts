import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeWithDigest, encodeWithDigest } from '../../../scripts/sets/digest.ts';
import { temporaryFolder } from './example-set.ts';

test('whatever is encoded comes back, with its digest as the last field', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (value) => {
      delete value.digest;
      const decoded = decodeWithDigest(encodeWithDigest(value), 'x') as Record<string, unknown>;
      assert.equal(Object.keys(decoded).includes('digest'), true);
      delete decoded.digest;
      assert.equal(JSON.stringify(decoded), JSON.stringify(value));
    }),
  );
});

test('a text that looks like a digest line does not count as one', () => {
  const value = { label: `\n  "digest": "${'0'.repeat(64)}"\n`, details: { digest: '1'.repeat(64) } };
  assert.deepEqual((decodeWithDigest(encodeWithDigest(value), 'x') as typeof value).label, value.label);
});

test('every bit that is flipped, every cut and every byte too many is "damaged"', () => {
  const bytes = encodeWithDigest({ id: '2026-05-07T15-36', label: 'größe', nested: { a: [1, 2] } });
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      assert.throws(() => decodeWithDigest(changed, 'x'), { code: 'damaged' }, `bit ${bit} of byte ${at}`);
    }
    assert.throws(() => decodeWithDigest(bytes.subarray(0, at), 'x'), { code: 'damaged' }, `cut at ${at}`);
  }
  for (const more of ['\n', ' ', '\0', '{}']) {
    assert.throws(() => decodeWithDigest(Buffer.concat([bytes, Buffer.from(more)]), 'x'), { code: 'damaged' });
  }
});

test('a second digest line is "damaged": nobody wrote two', () => {
  const text = encodeWithDigest({ id: 'x' }).toString();
  const twice = text.replace(/^ {2}"digest".*\n/m, (line) => line + line);
  assert.throws(() => decodeWithDigest(Buffer.from(twice), 'x'), { code: 'damaged', message: /found 2 lines/ });
});

test('stock sed and sha256sum come to the same digest', async (context) => {
  const file = join(await temporaryFolder(context), 'manifest.json');
  const bytes = encodeWithDigest({ id: 'x', label: 'größe' });
  await writeFile(file, bytes);
  const command = `sed '/^  "digest": /d' ${file} | sha256sum | cut -c 1-64`;
  const { digest } = decodeWithDigest(bytes, 'x') as { digest: string };
  assert.equal(execFileSync('sh', ['-c', command]).toString().trim(), digest);
});
