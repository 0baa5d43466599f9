/** A plain dump is counted and judged, however its bytes arrive; nothing in it may be a command to psql. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PlainDump, PlainReader } from '../../../../../scripts/datastores/postgres/plain/plain-dump.ts';

const GOOD = `--
-- PostgreSQL database dump
--
\\restrict abcDEF123
-- Dumped from database version 16.1 (Debian)
-- Dumped by pg_dump version 17.2
SET statement_timeout = 0;
SET transaction_timeout = 0;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
COMMENT ON TABLE public.a IS 'it''s "quoted" $$ -- and not a comment';
CREATE FUNCTION public.f() RETURNS text LANGUAGE plpgsql AS $_$
BEGIN RETURN '\\! not a command' || $$\\copy$$; -- don't
END $_$;
/* a comment /* in a comment */ with \\! in it */
ALTER TABLE public.a OWNER TO shop;
GRANT SELECT ON TABLE public.a TO "read only";
COPY public.a (id, "odd ""name""") FROM stdin;
1\t\\N
2\ttab\\tnewline\\nbackslash\\\\.
3\t\\\\.
\\\\.\t4
\\.
COPY public."Empty" FROM stdin;
\\.
COPY public.one (maybe) FROM stdin;
\\N
\\t
\\N
\\.
-- PostgreSQL database dump complete
--
\\unrestrict abcDEF123
`;

/** Reads it in pieces of so many bytes; gives what psql would get as well. */
function read(text: string, size = 1 << 20): { dump: PlainDump; given: string } {
  const reader = new PlainReader();
  const bytes = Buffer.from(text);
  const given: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    // A copy, as what a stream gives is used again.
    for (const piece of reader.push(Buffer.from(bytes.subarray(at, at + size)))) given.push(Buffer.from(piece));
  }
  return { dump: reader.end(), given: Buffer.concat(given).toString() };
}

const HANDED_ON = GOOD.replace(/^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n/gm, '');

test('rows, roles, extensions and versions are found, whatever pieces the dump comes in', () => {
  for (const size of [1, 2, 3, 7, 64, 1 << 20]) {
    const { dump, given } = read(GOOD, size);
    assert.deepEqual(
      [...dump.rows],
      [
        ['public.a', 4],
        ['public.Empty', 0],
        ['public.one', 3],
      ],
    );
    assert.deepEqual([...dump.roles], ['shop', 'read only']);
    assert.deepEqual([...dump.extensions], ['uuid-ossp']);
    assert.deepEqual([dump.serverMajor, dump.dumpMajor], [16, 17]);
    assert.equal(given, HANDED_ON, `pieces of ${size}`);
    assert.equal(dump.bytes, Buffer.byteLength(HANDED_ON));
  }
});

const HARM: readonly (readonly [string, string])[] = [
  ['a shell command', '\\! touch /tmp/harm\n'],
  ['one behind a statement', 'SELECT 1; \\! touch /tmp/harm\n'],
  ['one in a statement', 'SELECT 1 \\g |sh\n'],
  ['a file', '\\i /etc/passwd\n'],
  ['another database', '\\connect postgres\n'],
  ['one behind a carriage return that ends a comment', '-- harmless\r\\! touch /tmp/harm\n'],
  ['one behind a string that ends in a backslash', "SELECT 'a\\'; \\! touch /tmp/harm --';\n"],
  ['one behind a dollar of a word', "SELECT a$b$ ' $b$ \\! touch /tmp/harm '\n"],
  ['one behind a dollar of a number', "SELECT 1e5$b$ ' $b$ \\! touch /tmp/harm '\n"],
  ['one behind a string whose quote a backslash hides', "SELECT E'\\'' \\! touch /tmp/harm --'\n"],
  ['one between what are dollars of words', 'SELECT a$b$ \\! touch /tmp/harm $b$;\n'],
  ['one behind a comment in a comment', '/* /* */ */ \\! touch /tmp/harm\n'],
  [
    'one behind rows that are none',
    'CREATE FUNCTION f() BEGIN ATOMIC\nCOPY public.a FROM stdin;\n\\! touch /tmp/harm\n\\.\n',
  ],
  ['one within a row', 'COPY public.a FROM stdin;\n1\t\\! touch /tmp/harm\n\\.\n'],
  ['an end of rows in a row', 'COPY public.a FROM stdin;\n1\t\\.\n\\.\n'],
  ['a zero byte', 'SELECT 1;\0\n'],
];

for (const [what, sql] of HARM) {
  test(`a dump with ${what} is refused`, () => {
    for (const size of [1, 5, 1 << 20]) {
      assert.throws(() => read(GOOD.replace('-- PostgreSQL database dump complete', `${sql}$&`), size), {
        code: 'damaged',
      });
    }
  });
}

test('a dump that was cut off anywhere is refused', () => {
  const end = GOOD.indexOf('dump complete') + 'dump complete'.length;
  for (let at = 0; at <= end; at += 1)
    assert.throws(() => read(GOOD.slice(0, at)), { code: 'damaged' }, `cut at ${at}`);
});
