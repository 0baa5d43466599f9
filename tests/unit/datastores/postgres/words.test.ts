import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fewWords } from '../../../../scripts/datastores/postgres/backup/warnings.ts';
import { codeOf } from '../../../../scripts/datastores/postgres/connection/failures.ts';
import { sortWords } from '../../../../scripts/datastores/postgres/restore/words.ts';

describe('what pg_restore says', () => {
  it('is an error whatever it is, with the lines that belong to it', () => {
    const stderr = [
      'pg_restore: while PROCESSING TOC:',
      'pg_restore: from TOC entry 215; 1259 16386 TABLE t owner',
      'pg_restore: error: could not execute query: ERROR:  role "owner" does not exist',
      'Command was: ALTER TABLE public.t OWNER TO owner;',
      '',
      'pg_restore: something nobody has seen before',
      'pg_restore: warning: errors ignored on restore: 1',
      '',
    ].join('\n');
    assert.deepEqual(sortWords(stderr), {
      errors: [
        'pg_restore: error: could not execute query: ERROR:  role "owner" does not exist\nCommand was: ALTER TABLE public.t OWNER TO owner;',
        'pg_restore: something nobody has seen before',
      ],
      notes: [],
    });
  });

  it('is a note when it is on the short list', () => {
    const warning =
      'WARNING:  database "shop" has a collation version mismatch\nDETAIL:  The database was created using 2.31.\nHINT:  Rebuild.';
    assert.deepEqual(sortWords(`${warning}\n`), { errors: [], notes: [warning] });
  });

  it('is nothing when a newer pg_restore sets a parameter that the server does not know', () => {
    const stderr =
      'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"\nCommand was: SET transaction_timeout = 0;\npg_restore: warning: errors ignored on restore: 1\n';
    assert.deepEqual(sortWords(stderr), { errors: [], notes: [] });
  });

  it('is empty when nothing was said', () => {
    assert.deepEqual(sortWords('\n'), { errors: [], notes: [] });
  });
});

describe('the meaning of PostgreSQL words', () => {
  for (const [words, code] of [
    ['FATAL:  password authentication failed for user "a"', 'denied'],
    ['fe_sendauth: no password supplied', 'denied'],
    ['ERROR:  permission denied for table secret', 'denied'],
    ['FATAL:  database "x" does not exist', 'not-found'],
    ['ERROR:  canceling statement due to lock timeout', 'timeout'],
    ['could not connect to server: Connection refused', 'unreachable'],
    ['FATAL:  sorry, too many clients already', 'unreachable'],
    ['ERROR:  could not extend file "base/1/2": No space left on device', 'no-space'],
    ['pg_dump: error: aborting because of server version mismatch', 'version'],
    ['ERROR:  something else', 'tool-failed'],
  ] as const) {
    it(`"${words}" is "${code}"`, () => assert.equal(codeOf(words), code));
  }
});

describe('what pg_dump says although it succeeded', () => {
  it('is kept line by line, each once', () => {
    assert.deepEqual(fewWords('one\n\n  two\none\n'), ['one', 'two']);
    assert.deepEqual(fewWords(''), []);
  });

  it('never floods the manifest', () => {
    const kept = fewWords(Array.from({ length: 1000 }, (_, index) => `${index} ${'x'.repeat(10_000)}`).join('\n'));
    assert.equal(kept.length, 21);
    assert.equal(kept[0], 'of what pg_dump wrote, 980 earlier lines are left out');
    assert.match(kept.at(-1) ?? '', /^999 x{496}…$/);
  });
});
