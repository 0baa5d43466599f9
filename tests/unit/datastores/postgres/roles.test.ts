import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rolesOf, statementsFor, withGroups } from '../../../../scripts/datastores/postgres/roles/globals-file.ts';
import { isComplete } from '../../../../scripts/datastores/postgres/roles/globals-text.ts';
import { splitStatements } from '../../../../scripts/datastores/postgres/roles/statements.ts';

const GLOBALS = `--
-- PostgreSQL database cluster dump
--

\\restrict 7QLNPM4TIThpWaok2Z4Ixr4SMJdpP4QvcHiQ5aPKEw1kTxTuhoqDmTfID6sn2G3

SET default_transaction_read_only = off;

CREATE ROLE "App Owner";
ALTER ROLE "App Owner" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:a;b==$c' VALID UNTIL '2030-01-01 00:00:00+00';
CREATE ROLE grp;
ALTER ROLE grp WITH NOLOGIN;
COMMENT ON ROLE grp IS E'it''s \\\\ a; group';
CREATE ROLE "odd""role";
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER PASSWORD 'md5x';

--
-- User Configurations
--
ALTER ROLE "App Owner" SET search_path TO 'a', 'b;c';

GRANT grp TO "App Owner" WITH INHERIT TRUE GRANTED BY postgres;
GRANT grp TO "odd""role" WITH ADMIN OPTION GRANTED BY postgres;
GRANT SET ON PARAMETER "work_mem" TO "App Owner";
CREATE TABLESPACE fast OWNER "App Owner" LOCATION '/fast';

\\unrestrict 7QLNPM4TIThpWaok2Z4Ixr4SMJdpP4QvcHiQ5aPKEw1kTxTuhoqDmTfID6sn2G3

--
-- PostgreSQL database cluster dump complete
--

`;

describe('a dump of roles', () => {
  it('tells which roles it makes', () => {
    assert.deepEqual(rolesOf(GLOBALS), ['App Owner', 'grp', 'odd"role', 'postgres']);
  });

  it('gives only the statements of the roles that are missing, without their grantors', () => {
    assert.deepEqual(statementsFor(GLOBALS, new Set(['App Owner'])), [
      'CREATE ROLE "App Owner"',
      `ALTER ROLE "App Owner" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:a;b==$c' VALID UNTIL '2030-01-01 00:00:00+00'`,
      `ALTER ROLE "App Owner" SET search_path TO 'a', 'b;c'`,
      'GRANT grp TO "App Owner" WITH INHERIT TRUE',
      'GRANT SET ON PARAMETER "work_mem" TO "App Owner"',
    ]);
  });

  it('never changes a role that exists, makes a tablespace or sets a password of somebody else', () => {
    const statements = statementsFor(GLOBALS, new Set(['grp']));
    assert.equal(
      statements.some((statement) => /postgres|TABLESPACE|PASSWORD/.test(statement)),
      false,
    );
    assert.deepEqual(statementsFor(GLOBALS, new Set()), []);
  });

  it('knows the groups that a role needs', () => {
    assert.deepEqual([...withGroups(GLOBALS, ['odd"role'])], ['odd"role', 'grp']);
  });

  it('is complete only with its own end mark as its end', () => {
    assert.equal(isComplete(GLOBALS), true);
    assert.equal(isComplete(GLOBALS.replace(/\\(un)?restrict.*\n/g, '')), true);
    for (const cut of [
      '',
      GLOBALS.slice(0, -20),
      GLOBALS.slice(0, GLOBALS.indexOf('GRANT')),
      `${GLOBALS}CREATE ROLE x;`,
    ]) {
      assert.equal(isComplete(cut), false, JSON.stringify(cut.slice(-40)));
    }
  });
});

describe('SQL taken from a set', () => {
  it('is split at semicolons that are not inside quotes', () => {
    const sql = `A 'x;''y'; B "n;m" /* ; */ -- ; \n, C; D E'\\';';`;
    assert.deepEqual(splitStatements(sql), ["A 'x;''y'", 'B "n;m"    \n, C', "D E'\\';'"]);
  });

  it('is refused when it hides a command for psql or does not end', () => {
    for (const hostile of [
      'CREATE ROLE x \\! rm -rf /\n;',
      'CREATE ROLE x\n\\! id\n;',
      'CREATE ROLE x',
      "ALTER ROLE x SET a TO 'b",
    ]) {
      assert.throws(() => splitStatements(hostile), { code: 'damaged' }, hostile);
    }
  });
});
