import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordAge, wordBytes, wordCount, wordDuration } from '../../../scripts/ui/units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function requireAll(word: (value: number) => string, cases: readonly (readonly [number, string])[]): void {
  for (const [value, expected] of cases) assert.equal(word(value), expected, String(value));
}

test('bytes are worded in powers of 1000 with at most three digits, and never as 1000 of a unit', () => {
  requireAll(wordBytes, [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [5e9, '5.0 GB'],
    [1.5e12, '1.5 TB'],
    [2e18, '2000 PB'],
  ]);
});

test('durations are worded in the two units that matter', () => {
  requireAll(wordDuration, [
    [0, '0.0 s'],
    [440, '0.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [3 * MINUTE + 5 * SECOND, '3 min 05 s'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
    [5 * DAY + 3 * HOUR, '5 d 3 h'],
  ]);
});

test('ages are worded in one unit; what lies ahead is told as such', () => {
  requireAll(wordAge, [
    [-1, 'in the future'],
    [59_999, 'just now'],
    [MINUTE, '1 min'],
    [HOUR - 1, '59 min'],
    [47 * HOUR, '47 h'],
    [48 * HOUR, '2 d'],
    [400 * DAY, '400 d'],
  ]);
});

test('counts carry the word in the right number', () => {
  assert.equal(wordCount(1, 'set'), '1 set');
  assert.equal(wordCount(0, 'set'), '0 sets');
  assert.equal(wordCount(1_234_567, 'row'), '1,234,567 rows');
  assert.equal(wordCount(2, 'other entry', 'other entries'), '2 other entries');
});
