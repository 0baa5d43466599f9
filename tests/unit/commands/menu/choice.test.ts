import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceWords } from '../../../../scripts/commands/menu/choice.ts';

const offered = [
  { kind: 'postgres', label: 'postgres/app' },
  { kind: 'postgres', label: 'postgres/globals.sql' },
  { kind: 'mongo', label: 'mongo/shop' },
];

test('all that is ticked is the shortest choice that means it', () => {
  const cases: readonly (readonly [string[], string[]])[] = [
    [['postgres/app', 'postgres/globals.sql', 'mongo/shop'], []],
    [
      ['postgres/app', 'mongo/shop'],
      ['postgres/app', 'mongo'],
    ],
    [['postgres/app', 'postgres/globals.sql'], ['postgres']],
    [['postgres/app'], ['postgres/app']],
  ];
  for (const [ticked, words] of cases) assert.deepEqual(choiceWords(offered, ticked), words, ticked.join());
});
