import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRestore } from '../../../../scripts/datastores/mongodb/manual.ts';
import { namespaceOptions } from '../../../../scripts/datastores/mongodb/restore/command.ts';
import { readRestoreWords } from '../../../../scripts/datastores/mongodb/restore/tool-words.ts';

const at = '2026-05-07T15:36:42.001+0000\t';

test('the closing line of mongorestore is read', () => {
  const words = readRestoreWords(
    `${at}restoring shop.error log from archive '/tmp/x'\n${at}12 document(s) restored successfully. 3 document(s) failed to restore.\n`,
  );
  assert.deepEqual(words, { restored: 12, failed: 3, errors: [] });
});

test('a run without the closing line is told from one that restored nothing', () => {
  assert.equal(readRestoreWords(`${at}preparing collections to restore from\n`).restored, undefined);
  assert.equal(
    readRestoreWords(`${at}0 document(s) restored successfully. 0 document(s) failed to restore.`).restored,
    0,
  );
});

for (const line of [
  'Failed: shop.users: error creating indexes for shop.users: createIndex error: E11000 duplicate key',
  'continuing through error: E11000 duplicate key error collection: shop.users',
  'demux finishing when there are still outs (1)',
  'error parsing command line options: unknown option "x"',
  'don\'t know what to do with file "x", skipping...',
]) {
  test(`"${line.slice(0, 40)}..." is an error`, () => assert.deepEqual(readRestoreWords(at + line).errors, [line]));
}

test('a database is restored under its own name or another, with every sign of both taken as it stands', () => {
  assert.deepEqual(namespaceOptions({ from: 'shop', to: 'shop' }), ['--nsInclude=shop.*']);
  assert.deepEqual(namespaceOptions({ from: 's*op', to: 'copy\\1' }), [
    '--nsInclude=s\\*op.*',
    '--nsFrom=s\\*op.*',
    '--nsTo=copy\\\\1.*',
  ]);
});

test('the commands for a restore by hand name the file, hide the password and quote what the shell would take', () => {
  const facts = { consistency: 'fuzzy', fingerprint: { counts: {} }, details: {}, warnings: [] } as const;
  const fileNames = ['it%27s.archive.gz', 'it%27s.users.json'];
  const lines = manualRestore({ name: "it's", target: "it's", fileNames, facts }).flatMap(({ commands }) => commands);
  assert.equal(
    lines[1],
    `printf 'uri: "%s"\\n' "$MONGO_URL" | mongorestore --config=/dev/stdin --archive=mongo/it%27s.archive.gz --gzip --drop '--nsInclude=it'\\''s.*'`,
  );
  assert.equal(lines[2], 'cat mongo/it%27s.users.json');
});
