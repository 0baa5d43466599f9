import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChoice } from '../../../../scripts/commands/choose.ts';
import { parseDestinations } from '../../../../scripts/commands/restore/destination.ts';
import { chooseSources } from '../../../../scripts/commands/restore/plan.ts';
import type { OpenedSet } from '../../../../scripts/sets/reader.ts';

/** A set of older shell scripts: nothing but its sources is looked at here. */
function setOf(...sources: readonly (readonly [kind: string, name: string, bytes: number])[]): OpenedSet {
  const opened = sources.map(([kind, name, bytes]) => ({
    kind,
    name,
    facts: undefined,
    serverVersion: undefined,
    artifacts: [
      { fileName: name, bytes, compression: undefined, open: () => Promise.reject(new Error('not read here')) },
    ],
  }));
  const nothing = { manifest: undefined, manifestSha256: undefined, objects: [] };
  return {
    ...nothing,
    storage: {} as OpenedSet['storage'],
    name: '2026-05-07T15-20',
    sources: opened,
    unlock: async () => {},
  };
}

const set = setOf(
  ['postgres', 'small', 1],
  ['mongo', 'shop', 5],
  ['postgres', 'large', 9],
  ['postgres', 'globals.sql', 2],
);
const labels = (words: string[], renames: string[] = []): string[] =>
  chooseSources(set, parseChoice(words), parseDestinations(renames)).map(
    ({ label, target }) => `${label} -> ${target}`,
  );

test('roles come first, then the largest', () => {
  assert.deepEqual(labels([]), [
    'postgres/globals.sql -> globals.sql',
    'postgres/large -> large',
    'mongo/shop -> shop',
    'postgres/small -> small',
  ]);
});

test('only what was asked for is taken, under another name where one is given', () => {
  assert.deepEqual(labels(['postgres/small'], ['small=copy']), ['postgres/small -> copy']);
  assert.deepEqual(labels(['mongo'], ['mongo/shop=copy']), ['mongo/shop -> copy']);
});

test('a database knows the roles of its server', () => {
  const [item] = chooseSources(set, parseChoice(['postgres/small']), new Map());
  assert.deepEqual(item?.source.companions?.map(({ name }) => name).sort(), ['globals.sql', 'large']);
});

test('what the set does not hold, and a rename of what is not restored, are told and nothing is done', () => {
  assert.throws(() => labels(['postgres/gone']), {
    code: 'not-found',
    message: /has no source "postgres\/gone"; it holds /,
  });
  assert.throws(() => labels(['mongo'], ['small=copy']), { code: 'usage', message: /--to names "small"/ });
  assert.throws(() => chooseSources(setOf(['mongo', 'a', 1]), parseChoice(['postgres']), new Map()), {
    code: 'not-found',
  });
});

test('a source of a kind that a later Holdfast wrote is refused by name', () => {
  const later = setOf(['postgres', 'a', 1], ['oracle', 'cache', 1]);
  assert.throws(() => chooseSources(later, parseChoice([]), new Map()), {
    code: 'version',
    message: /the kind "oracle"/,
  });
  assert.equal(chooseSources(later, parseChoice(['postgres']), new Map()).length, 1);
});
