import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extraCollections, optionDifferences } from '../../../../scripts/datastores/mongodb/restore/compare.ts';

const VALIDATOR = { $jsonSchema: { required: ['name'], properties: { age: { minimum: { $numberInt: '3' } } } } };
const recorded = { options: { users: { validator: VALIDATOR, capped: true, size: { $numberLong: '4096' } } } };
const restored = {
  validator: { $jsonSchema: { properties: { age: { minimum: 3 } }, required: ['name'] } },
  capped: true,
};

test('options are the same whatever types and order of fields the driver gives', async () => {
  const found = [{ name: 'users', options: { ...restored, size: 4096 } }];
  assert.deepEqual(await optionDifferences(recorded, found), []);
});

test('a validator that is gone, and a cap of another size, are named', async () => {
  const found = [{ name: 'users', options: { capped: true, size: 9 } }];
  const differences = await optionDifferences(recorded, found);
  assert.deepEqual(
    differences.map(({ name }) => name),
    ['users (validator)', 'users (size)'],
  );
  assert.match(differences[1]?.expected ?? '', /4096/);
});

test('what a later server fills in by itself is no difference', async () => {
  const series = { options: { log: { timeseries: { timeField: 'at' } } } };
  const options = { timeseries: { timeField: 'at', bucketMaxSpanSeconds: 3600 }, expireAfterSeconds: 9 };
  assert.deepEqual(await optionDifferences(series, [{ name: 'log', options }]), []);
  const other = await optionDifferences(series, [{ name: 'log', options: { timeseries: { timeField: 'time' } } }]);
  assert.equal(other.length, 1);
});

test('a collection that nobody recorded is named; those of the server itself are not', () => {
  const expected = {
    fingerprint: { counts: { 'system.buckets.log': 1, a: 2 }, indexes: { log: [], a: [] } },
    views: ['v'],
  };
  const found = extraCollections(expected, ['a', 'v', 'log', 'system.views', 'spare']);
  assert.deepEqual(
    found.map(({ name }) => name),
    ['spare'],
  );
});
