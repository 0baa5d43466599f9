import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ArchiveEntry } from '../../../../scripts/datastores/postgres/archive/contents.ts';
import { chooseEntries } from '../../../../scripts/datastores/postgres/restore/parts.ts';

const entry = (dumpId: number, description: string, tag: string, more: Partial<ArchiveEntry> = {}): ArchiveEntry => ({
  dumpId,
  hasData: false,
  position: undefined,
  tag,
  description,
  section: 2,
  definition: '',
  dropStatement: '',
  copyStatement: '',
  schema: 'public',
  owner: 'shop',
  dependencies: [],
  ...more,
});

const SHOP = [
  entry(1, 'TABLE', 'orders'),
  entry(2, 'TABLE', 'My "Table"'),
  entry(3, 'SCHEMA', 'Tenant A', { schema: undefined }),
  entry(4, 'TABLE', 'orders', { schema: 'Tenant A', dependencies: [3] }),
  entry(5, 'TABLE', 'c', { schema: 'a.b' }),
  entry(6, 'TABLE', 'b.c', { schema: 'a' }),
];

const choose = (entries: readonly ArchiveEntry[], tables: string[], schemas: string[] = []) =>
  chooseEntries(entries, { tables, schemas, collections: [] });

describe('the names of parts', () => {
  for (const [text, dumpId] of [
    ['orders', 1],
    ['public.orders', 1],
    ['"public"."orders"', 1],
    ['"My ""Table"""', 2],
    ['My "Table"', 2],
    ['Tenant A.orders', 4],
    ['"Tenant A".orders', 4],
    ['"a.b"."c"', 5],
    ['"a"."b.c"', 6],
  ] as const) {
    it(`find a table as ${text}`, () => assert.equal(choose(SHOP, [text]).list.split('\n')[0], `${dumpId};`));
  }

  it('are taken letter by letter: what is spelled otherwise is not there, and the nearest name is told', () => {
    const message = 'found no table "Orders" in the dump, which has 5 tables; did you mean "public.orders"?';
    assert.throws(() => choose(SHOP, ['Orders']), { code: 'not-found', message });
    assert.throws(() => choose(SHOP, ['tenant a.orders']), { message: /did you mean "Tenant A\.orders"\?/ });
    assert.throws(() => choose(SHOP, [], ['tenant a']), {
      code: 'not-found',
      message: 'found no schema "tenant a" in the dump, which has 4 schemas; did you mean "Tenant A"?',
    });
    assert.throws(() => choose(SHOP, ['%']), { message: 'found no table "%" in the dump, which has 5 tables' });
    assert.throws(() => choose(SHOP, ['c']), { message: /did you mean "a\.b\.c"\?/ });
  });

  it('that two tables share are refused', () => {
    assert.throws(() => choose(SHOP, ['a.b.c']), {
      code: 'ambiguous',
      message: 'the name a.b.c means "a.b"."c" and "a"."b.c": say which',
    });
  });
});

describe('what belongs to a table', () => {
  it('is told by its statement where the tags of two tables begin alike', () => {
    const entries = [
      entry(1, 'TABLE', 'a'),
      entry(2, 'TABLE', 'a b'),
      entry(3, 'FK CONSTRAINT', 'a b c', {
        definition: 'ALTER TABLE ONLY public.a\n    ADD CONSTRAINT "b c" FOREIGN KEY (x) REFERENCES public."a b"(x);\n',
        dependencies: [2, 1],
      }),
      entry(4, 'FK CONSTRAINT', 'a b c', {
        definition: 'ALTER TABLE ONLY public."a b"\n    ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES public.a(x);\n',
        dependencies: [1, 2],
      }),
    ];
    assert.equal(choose(entries, ['a']).list, '1;\n3;\n');
    assert.equal(choose(entries, ['a b']).list, '2;\n4;\n');
  });

  it('is found for partitions as pg_dump wrote them before version 14, in one statement', () => {
    const attached =
      'CREATE TABLE public.p1 (\n    k integer\n);\nALTER TABLE ONLY public.p ATTACH PARTITION public.p1 DEFAULT;\n';
    const entries = [
      entry(1, 'TABLE', 'p'),
      entry(2, 'TABLE', 'p1', { definition: attached, dependencies: [1] }),
      entry(3, 'TABLE', 'heir', {
        definition: 'CREATE TABLE public.heir (\n)\nINHERITS (public.p);\n',
        dependencies: [1],
      }),
    ];
    const { tables, warnings } = choose(entries, ['p']);
    assert.deepEqual(tables, ['public.p', 'public.p1']);
    assert.deepEqual(warnings, [
      '"public.heir" hangs on "public.p" and was not chosen: where it is, nothing can be replaced',
    ]);
  });

  it('is never an extension, a publication or a large object', () => {
    const entries = [
      entry(1, 'EXTENSION', 'citext', { schema: undefined }),
      entry(2, 'TABLE', 't', { dependencies: [1] }),
      entry(3, 'PUBLICATION', 'news', { schema: undefined }),
      entry(4, 'PUBLICATION TABLE', 'news t', { dependencies: [2, 3] }),
      entry(5, 'BLOB METADATA', '7', { schema: undefined }),
      entry(6, 'BLOBS', 'BLOBS', { schema: undefined, dependencies: [5] }),
    ];
    const { list, warnings } = choose(entries, [], ['public']);
    assert.equal(list, '2;\n');
    assert.deepEqual(warnings, [
      '"public.t" needs the extension "citext" at the target',
      '"public.t" leaves the publication "news" when it is replaced: add it again',
      'large objects are left out: they belong to no table',
    ]);
  });
});
