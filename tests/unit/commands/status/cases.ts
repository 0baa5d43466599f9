import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Standing } from '../../../../scripts/commands/status/facts.ts';
import { concernsOf } from '../../../../scripts/commands/status/verdict.ts';

/** A project that is well but for one thing, and what is said of it: nothing, or the level and the words of each concern. */
export type Case = readonly [name: string, standing: () => Standing, ...expected: readonly RegExp[]];

/** Makes a test of each case. */
export function testCases(cases: readonly Case[]): void {
  for (const [name, standing, ...expected] of cases) {
    test(`${name}: ${expected.length === 0 ? 'nothing is wrong' : 'that is said'}`, () => {
      const found = concernsOf(standing()).map(({ level, text }) => `${level} ${text}`);
      assert.equal(found.length, expected.length, found.join('\n'));
      for (const [index, words] of expected.entries()) assert.match(found[index] ?? '', words);
    });
  }
}
