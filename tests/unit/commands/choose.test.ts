import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenKinds, isChosen, parseChoice, sourceFolder, sourceLabel } from '../../../scripts/commands/choose.ts';

const app = { kind: 'postgres', server: 'default', name: 'app' };
const billing = { kind: 'postgres', server: 'billing', name: 'app' };
const shop = { kind: 'mongo', server: 'default', name: 'shop' };

test('nothing asked for is everything', () => {
  const choice = parseChoice([]);
  for (const source of [app, billing, shop]) assert.ok(isChosen(choice, source));
  assert.deepEqual(
    new Set(chosenKinds(choice)),
    new Set(['mongo', 'postgres', 'redis', 'influxdb', 'files', 'secrets']),
  );
});

test('kinds and sources come as words, as one word with commas, or both', () => {
  const choice = parseChoice(['mongo', 'postgres/billing/app, mongo']);
  assert.deepEqual([...choice.kinds], ['mongo']);
  assert.deepEqual([...choice.sources], ['postgres/billing/app']);
  assert.deepEqual(
    [app, billing, shop].map((source) => isChosen(choice, source)),
    [false, true, true],
  );
  assert.deepEqual(new Set(chosenKinds(choice)), new Set(['mongo', 'postgres']));
});

test('a source without a server means that name on every server', () => {
  const choice = parseChoice(['postgres/app']);
  assert.deepEqual(
    [app, billing, shop].map((source) => isChosen(choice, source)),
    [true, true, false],
  );
  assert.deepEqual(chosenKinds(choice), ['postgres']);
});

test('"all" is everything, whatever stands beside it', () => {
  for (const words of [['all'], ['mongo,all'], ['all', 'postgres/app']]) {
    const choice = parseChoice(words);
    for (const source of [app, billing, shop]) assert.ok(isChosen(choice, source), words.join(' '));
  }
});

test('a word that is no kind is a wrong command line', () => {
  for (const word of ['postgre', 'etcd/cache', '', 'mongo,,postgres']) {
    assert.throws(() => parseChoice([word]), { code: 'usage', message: /expected one of "/ }, word);
  }
});

test('only servers of holdfast.yaml have a level of their own in labels and folders', () => {
  assert.deepEqual([app, billing].map(sourceLabel), ['postgres/app', 'postgres/billing/app']);
  assert.deepEqual([app, billing].map(sourceFolder), ['postgres', 'postgres/billing']);
});
