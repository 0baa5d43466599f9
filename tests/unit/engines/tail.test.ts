import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tail } from '../../../scripts/engines/tail.ts';

function tailOf(limit: number, chunks: readonly (string | Buffer)[]): string {
  const tail = new Tail(limit);
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail.text();
}

test('what is shorter than the limit is kept whole', () => {
  assert.equal(tailOf(10, []), '');
  assert.equal(tailOf(10, ['abc', '', 'def']), 'abcdef');
});

test('of more than the limit the end is kept', () => {
  assert.equal(tailOf(4, ['abc', 'def', 'ghi']), 'fghi');
  assert.equal(tailOf(4, ['0123456789']), '6789');
  assert.equal(tailOf(3, [...'abcdefgh']), 'fgh');
});

test('a character that was cut at the beginning is left out', () => {
  assert.equal(tailOf(3, ['\u20acab']), 'ab');
  assert.equal(tailOf(5, ['\u20acab']), '\u20acab');
});
