import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../../../scripts/common/failure.ts';
import type { ServerAddress } from '../../../../scripts/datastores/datastore.ts';
import type { Connection } from '../../../../scripts/datastores/mongodb/connection/connection.ts';
import { namesIn, onlyParts, timeSeriesIn } from '../../../../scripts/datastores/mongodb/restore/expected.ts';
import { groundsOf } from '../../../../scripts/datastores/mongodb/restore/grounds.ts';
import { type Grounds, whyNoSwap } from '../../../../scripts/datastores/mongodb/restore/way.ts';

const fair: Grounds = {
  target: 'shop',
  stamp: '20261121_235220',
  label: 'container shop-mongo-1',
  isSharded: false,
  isFerret: false,
  version: '7.0',
  mayRename: undefined,
  live: [
    { name: 'users', type: 'collection' },
    { name: 'system.profile', type: 'collection' },
    { name: 'system.views', type: 'collection' },
  ],
  names: ['users', 'Orders.2026'],
  timeSeries: [],
  unknownViews: [],
  needed: 1000,
  free: 2000,
};

test('a server alone or in a replica set swaps collections, capped ones and those with dots too', () => {
  assert.equal(whyNoSwap(fair), undefined);
  assert.equal(
    whyNoSwap({ ...fair, live: [{ name: 'log', type: 'collection', options: { capped: true } }] }),
    undefined,
  );
  assert.equal(whyNoSwap({ ...fair, free: undefined }), undefined);
});

const series = { name: 'ticks', type: 'timeseries' };
const long = 'n'.repeat(255 - 'shop.holdfast_before_20261121_235220_'.length);

for (const [words, change] of [
  [/is a mongos/, { isSharded: true }],
  [/lacks the right "renameCollectionSameDB" on database "shop"/, { mayRename: false }],
  [/"ticks" is a time series/, { live: [series] }],
  [/"ticks" is a time series/, { timeSeries: ['ticks'] }],
  [/"safe" has encrypted fields/, { live: [{ name: 'safe', options: { encryptedFields: {} } }] }],
  [/"system.js" belongs to the server/, { names: ['system.js'] }],
  [/"system.js" belongs to the server/, { live: [{ name: 'system.js' }] }],
  [/how view "v" is made/, { unknownViews: ['v'] }],
  [/"Orders.2026" has a dot in its name, and FerretDB/, { isFerret: true }],
  [/is too long .* 255 bytes/, { names: [`${long}n`] }],
  [/is too long .* 120 bytes/, { names: [long], version: '4.2' }],
  [/is too long .* 235 bytes/, { names: [long], isFerret: true }],
  [/not enough room .* 1000 bytes are needed, 999 are free/, { free: 999 }],
] as const satisfies readonly (readonly [RegExp, Partial<Grounds>])[]) {
  test(`no swap: ${words.source}`, () => assert.match(whyNoSwap({ ...fair, ...change }) ?? '', words));
}

test('the longest name that fits is swapped', () => {
  assert.equal(whyNoSwap({ ...fair, names: [long] }), undefined);
});

/** Answers questions about rights and room. */
function connectionWith(answers: { privileges?: unknown; stats?: object }): Connection {
  const command = async (asked: object) =>
    'connectionStatus' in asked ? { authInfo: { authenticatedUserPrivileges: answers.privileges } } : {};
  const client = { db: () => ({ command, stats: async () => answers.stats ?? {} }) };
  const address = { label: 'fake' } as ServerAddress;
  return { client, address, topology: 'standalone', version: '7.0.1' } as unknown as Connection;
}

const nothing = {
  from: 'shop',
  expected: { fingerprint: { counts: {} }, views: [] },
  definitions: {},
  documentBytes: 1,
};
const grounds = (connection: Connection) => groundsOf(connection, fair, [], nothing);

test('the right to rename is that of the database, of all databases, or not known', async () => {
  const actions = ['find', 'renameCollectionSameDB'];
  const ask = async (privileges: unknown) => (await grounds(connectionWith({ privileges }))).mayRename;
  assert.equal(await ask([{ resource: { db: 'shop', collection: '' }, actions }]), true);
  assert.equal(await ask([{ resource: { db: '', collection: '' }, actions }]), true);
  assert.equal(await ask([{ resource: { anyResource: true }, actions: ['anyAction'] }]), true);
  assert.equal(await ask([{ resource: { db: 'other', collection: '' }, actions }]), false);
  assert.equal(await ask([{ resource: { db: 'shop', collection: 'users' }, actions }]), false);
  assert.equal(await ask([{ resource: { db: 'shop', collection: '' }, actions: ['find'] }]), false);
  assert.deepEqual([await ask([]), await ask(undefined)], [undefined, undefined]);
});

test('room is what the file system has left, where the server tells', async () => {
  const free = async (stats: object) => (await grounds(connectionWith({ stats }))).free;
  assert.equal(await free({ fsTotalSize: 1000, fsUsedSize: 400 }), 600);
  assert.equal(await free({}), undefined);
});

const set = {
  ...nothing,
  expected: {
    fingerprint: {
      counts: { users: 3, orders: 2, 'system.buckets.ticks': 1 },
      indexes: { users: ['_id_'], orders: ['_id_'], ticks: [] },
    },
    views: ['names'],
    options: { names: { viewOn: 'users' }, users: { capped: true } },
  },
  definitions: { names: { viewOn: 'users' } },
};
const chosen = (...collections: string[]) => ({ collections, tables: [], schemas: [] });

test('a set is known by the names that people use', () => {
  assert.deepEqual(namesIn(set.expected), ['names', 'orders', 'ticks', 'users']);
  assert.deepEqual(timeSeriesIn(set.expected), ['ticks']);
});

test('parts of a set are expected alone', () => {
  const { expected, definitions } = onlyParts(set, chosen('users', 'ticks'));
  assert.deepEqual(expected.fingerprint.counts, { users: 3, 'system.buckets.ticks': 1 });
  assert.deepEqual(expected.fingerprint.indexes, { users: ['_id_'], ticks: [] });
  assert.deepEqual([expected.views, expected.options, definitions], [[], { users: { capped: true } }, {}]);
});

test('a collection that is not in the set is named, with the nearest; a table is none', () => {
  const failed = (words: RegExp, hint: string | undefined) => (error: Failure) =>
    error.code === 'not-found' && words.test(error.message) && error.hint === hint;
  assert.throws(() => onlyParts(set, chosen('user')), failed(/no collection "user"/, 'did you mean "users"?'));
  const table = { collections: [], tables: ['public.users'], schemas: [] };
  assert.throws(() => onlyParts(set, table), failed(/"public.users" is no collection/, undefined));
});
