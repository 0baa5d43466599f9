import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { quotedWord, shellWord } from '../../../scripts/common/shell-word.ts';

/** Words as sh reads them, for any text that can be an argument at all. */
const words = fc.array(
  fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
  { minLength: 1, maxLength: 20 },
);

for (const [name, quote] of Object.entries({ shellWord, quotedWord })) {
  test(`sh takes what ${name} made for the very same words`, () => {
    fc.assert(
      fc.property(words, (given) => {
        const script = `printf '%s\\0' ${given.map(quote).join(' ')}`;
        assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), given.map((w) => `${w}\0`).join(''));
      }),
      { numRuns: 50 },
    );
  });
}

test('a plain word stays as it is', () => {
  assert.equal(shellWord('postgres/it%27s.dump'), 'postgres/it%27s.dump');
  assert.equal(shellWord(''), "''");
});
