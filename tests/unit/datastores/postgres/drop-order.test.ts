import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiveEntry } from '../../../../scripts/datastores/postgres/archive/contents.ts';
import {
  dropOrder,
  dropsAfterData,
  largeObjectLists,
} from '../../../../scripts/datastores/postgres/restore/drop-order.ts';

const entry = (dumpId: number, description: string, definition = '', schema = 'public'): ArchiveEntry => ({
  dumpId,
  hasData: false,
  position: undefined,
  tag: `entry ${dumpId}`,
  description,
  section: 4,
  definition,
  dropStatement: `drop ${dumpId}`,
  copyStatement: '',
  schema,
  owner: 'shop',
  dependencies: [],
});
const key = (dumpId: number, table: string, schema = 'public'): ArchiveEntry =>
  entry(
    dumpId,
    'CONSTRAINT',
    `ALTER TABLE ONLY "${schema}"."${table}"\n    ADD CONSTRAINT "${table}_pkey" PRIMARY KEY ("id");\n`,
    schema,
  );
const attach = (dumpId: number, parent: string, child: string): ArchiveEntry =>
  entry(dumpId, 'INDEX ATTACH', `ALTER INDEX ${parent} ATTACH PARTITION ${child};\n`);

test('keys of partitions come before the one of the whole table, on every level; everything else keeps its place', () => {
  const entries = [
    entry(1, 'ENCODING'),
    entry(2, 'TABLE'),
    key(3, 'other'),
    key(4, 'whole'),
    key(5, 'part'),
    key(6, 'part of part', 'odd "schema'.replaceAll('"', '')),
    entry(7, 'INDEX'),
    attach(8, '"public"."whole_pkey"', '"public"."part_pkey"'),
    attach(9, '"public"."part_pkey"', '"odd schema"."part of part_pkey"'),
    attach(10, 'public.some_index', 'public.part_index'),
  ];
  assert.equal(dropOrder(entries), '2;\n3;\n6;\n5;\n4;\n7;\n8;\n9;\n10;\n');
});

test('an archive without keys of partitions keeps its own order', () => {
  assert.equal(dropOrder([entry(1, 'TABLE'), key(2, 'a'), attach(3, 'public.x', 'public.y')]), undefined);
});

test('names without quotes, as older dumps have them, are understood', () => {
  const plain = (dumpId: number, table: string): ArchiveEntry =>
    entry(
      dumpId,
      'CONSTRAINT',
      `ALTER TABLE ONLY public.${table}\n    ADD CONSTRAINT ${table}_pkey PRIMARY KEY (id);\n`,
    );
  const entries = [plain(1, 'whole'), plain(2, 'part'), attach(3, 'public.whole_pkey', 'public.part_pkey')];
  assert.equal(dropOrder(entries), '2;\n1;\n3;\n');
});

test('only what is made after the data is dropped after the schema was made, the last one first', () => {
  const before = { ...entry(1, 'TABLE'), section: 2 };
  const alone = { ...entry(3, 'INDEX ATTACH'), dropStatement: '' };
  assert.deepEqual(dropsAfterData([before, key(2, 'a'), alone, entry(4, 'TRIGGER')]), ['drop 4', 'drop 2']);
});

test('large objects are listed with their grants and comments, of old and new dumps', () => {
  const acl = { ...entry(4, 'ACL'), tag: 'LARGE OBJECTS 1..9' };
  const entries = [entry(1, 'TABLE'), entry(2, 'BLOB'), entry(3, 'BLOB METADATA'), acl, entry(5, 'BLOBS')];
  assert.deepEqual(largeObjectLists(entries), { largeObjects: '2;\n3;\n4;\n', others: '1;\n5;\n' });
  assert.equal(largeObjectLists([entry(1, 'TABLE')]), undefined);
});
