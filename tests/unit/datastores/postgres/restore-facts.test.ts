import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ArchiveContents, ArchiveEntry } from '../../../../scripts/datastores/postgres/archive/contents.ts';
import { postgres } from '../../../../scripts/datastores/postgres/postgres.ts';
import {
  countDifferences,
  indexDifferences,
  sequenceDifferences,
  tooFew,
} from '../../../../scripts/datastores/postgres/restore/compare.ts';
import { needsOf } from '../../../../scripts/datastores/postgres/restore/needs.ts';

describe('what stands after a restore', () => {
  it('differs when a table lacks rows, has more, or is not there', () => {
    assert.deepEqual(
      countDifferences(
        { 'public.a': 1, 'public.b': 2, 'public.c': 0, 'public.d': 4 },
        { 'public.a': 1, 'public.b': 3, 'public.c': 0 },
      ),
      [
        { name: 'public.b', expected: '2 rows', found: '3 rows' },
        { name: 'public.d', expected: '4 rows', found: 'no such table' },
      ],
    );
  });

  it('differs when an index is missing', () => {
    assert.deepEqual(indexDifferences({ t: ['a', 'b'], u: [] }, { t: ['a'] }), [
      { name: 't', expected: 'indexes a, b', found: 'indexes a' },
    ]);
  });

  it('differs when a sequence is missing or starts again, not when its value moved', () => {
    const found = { moved: '12', reset: null };
    const expected = { moved: '10', reset: '5', gone: '1', fresh: null };
    assert.deepEqual(
      sequenceDifferences(expected, { ...found, fresh: null }).map(({ name }) => name),
      ['reset', 'gone'],
    );
  });

  it('differs when there are fewer objects of a kind, not when a newer schema left more', () => {
    assert.deepEqual(tooFew({ views: 2, triggers: 1 }, { views: 1, triggers: 5 }), [
      { name: 'views', expected: '2', found: '1' },
    ]);
  });
});

describe('what a dump asks of its target', () => {
  const entry = (more: Partial<ArchiveEntry>): ArchiveEntry => ({
    dumpId: 1,
    hasData: false,
    position: undefined,
    tag: '',
    description: 'TABLE',
    section: 2,
    definition: '',
    dropStatement: '',
    copyStatement: '',
    schema: undefined,
    owner: '',
    dependencies: [],
    ...more,
  });
  const contents = (...entries: ArchiveEntry[]): ArchiveContents => ({
    header: {
      int: 4,
      offset: 8,
      version: 1014,
      compression: 'gzip',
      database: 'x',
      serverVersion: '15.18 (Debian)',
      dumpVersion: '16.2',
      entries: entries.length,
    },
    entries,
  });

  it('is its versions, owners, grantees and extensions', () => {
    const facts = {
      consistency: 'snapshot',
      fingerprint: { counts: {} },
      details: { roles: ['reader', 'pg_monitor'] },
      warnings: [],
    } as const;
    const needs = needsOf(
      contents(entry({ owner: 'shop' }), entry({ description: 'EXTENSION', tag: 'citext' })),
      facts,
      'x',
    );
    assert.deepEqual(
      [needs.serverMajor, needs.dumpMajor, needs.roles, needs.extensions],
      [15, 16, ['shop', 'reader'], ['citext']],
    );
  });

  it('is a database under the name of the target, whatever its name was', () => {
    const needs = needsOf(
      contents(
        entry({
          description: 'DATABASE',
          tag: 'a',
          owner: 'o"w',
          definition: `CREATE DATABASE "a;b" WITH TEMPLATE = template0 ENCODING = 'UTF8';\n\n`,
        }),
        entry({
          description: 'DATABASE PROPERTIES',
          definition: `ALTER DATABASE "a;b" SET "search_path" TO '"a;b"', 'x';\nALTER ROLE reader IN DATABASE "a;b" SET "x" TO 'y';\nUPDATE pg_catalog.pg_database SET datistemplate = true;\n`,
        }),
        entry({ description: 'ACL', tag: 'DATABASE "a;b"', definition: 'GRANT CONNECT ON DATABASE "a;b" TO reader;' }),
        entry({ description: 'ACL', tag: 'TABLE t', definition: 'GRANT SELECT ON TABLE t TO reader;' }),
      ),
      undefined,
      'co"py',
    );
    assert.equal(needs.createDatabase, `CREATE DATABASE "co""py" WITH TEMPLATE = template0 ENCODING = 'UTF8'`);
    assert.deepEqual(needs.describeDatabase, [
      'ALTER DATABASE "co""py" OWNER TO "o""w"',
      `ALTER DATABASE "co""py" SET "search_path" TO '"a;b"', 'x'`,
      `ALTER ROLE reader IN DATABASE "co""py" SET "x" TO 'y'`,
      'GRANT CONNECT ON DATABASE "co""py" TO reader',
    ]);
  });
});

describe('the restore by hand', () => {
  const facts = { consistency: 'snapshot', fingerprint: { counts: {} }, details: {}, warnings: [] } as const;

  it('quotes names for the shell and for PostgreSQL', () => {
    const steps = postgres.manualRestore({ name: "it's", target: "it's", fileNames: ['postgres/it%27s.dump'], facts });
    const lines = steps.flatMap((step) => step.commands);
    assert.ok(lines.some((line) => line.endsWith(' postgres/it%27s.dump')));
    assert.ok(lines.includes(`vacuumdb --analyze-only --dbname='dbname='\\''it\\'\\''s'\\'''`), lines.join('\n'));
  });
});
