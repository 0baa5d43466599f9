import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { restoreGuide } from '../../../scripts/sets/restore-guide.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { exampleFacts, exampleSource, temporaryStorage } from './example-set.ts';

/** The ```sh blocks of a guide, in order: what a person, or a test, runs in the folder of the set. */
function commandBlocks(guide: string): string[] {
  return [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
}

const at = new Date('2026-05-07T15:36:01Z');
const steps = [
  { title: 'Say hello', commands: ['echo one > "$OUT"', 'cat postgres/app.dump >> "$OUT"'] },
  { title: 'Say goodbye', commands: ['echo two >> "$OUT"'] },
];

test('the blocks of the guide run as they stand in the folder of the set, checksums first', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const group = writer.group('postgres');
  await pipeline(['content\n'], group.sink('app.dump', { compression: 'none' }));
  await pipeline(['x'], group.sink('it is 100% "odd".dump', { compression: 'none' }));
  const source = { ...exampleSource('postgres', 'app'), artifacts: group.artifacts() };
  await writer.finish(exampleFacts({ sources: [source] }), {
    guide: (manifest) => restoreGuide(manifest, [{ source, steps }], { signed: false }),
  });
  const folder = join(storage.folder, writer.name);
  const blocks = commandBlocks(await readFile(join(folder, 'RESTORE.md'), 'utf8'));
  assert.equal(blocks.length, 3);
  const out = join(storage.folder, 'out');
  const environment = { PATH: '/usr/bin:/bin', OUT: out };
  for (const block of blocks)
    execFileSync('sh', ['-e'], { input: block, cwd: folder, env: environment, stdio: 'pipe' });
  assert.equal(await readFile(out, 'utf8'), 'one\ncontent\ntwo\n');
  await writeFile(join(folder, 'postgres/app.dump'), 'changed');
  const broken = spawnSync('sh', ['-e'], { input: blocks[0], cwd: folder, env: environment });
  assert.notEqual(broken.status, 0);
});

test('the guide says what the set is, and first what is not in it', () => {
  const absence = {
    kind: 'postgres',
    name: 'scim',
    server: 'default',
    reason: 'database "scim" does not exist',
  } as const;
  const facts = exampleFacts({ label: 'pre-migration', skipped: [absence], failed: [{ ...absence, name: 'auth' }] });
  const guide = restoreGuide({ schema: 'holdfast-set/v1', id: '2026-05-07T15-36', ...facts }, [], { signed: false });
  for (const fact of ['2026-05-07T15-36', '2026-05-07T15:36:01.000Z', 'shop', 'laptop', 'pre-migration']) {
    assert.ok(guide.includes(fact), fact);
  }
  assert.ok(guide.indexOf('NOT in this set, it failed: postgres/auth') < guide.indexOf('skipped: postgres/scim'));
  assert.deepEqual(commandBlocks(guide), []);
});

test('a name from a database cannot become a command', () => {
  const evil = 'a\n```sh\nrm -rf /\n```\n';
  const source = { ...exampleSource('postgres', evil), warnings: [evil] };
  const facts = exampleFacts({
    label: evil,
    sources: [source],
    failed: [{ kind: 'mongo', name: evil, server: 'x', reason: evil }],
  });
  const sections = [{ source, steps: [{ title: evil, commands: ['true'] }] }];
  const guide = restoreGuide({ schema: 'holdfast-set/v1', id: 'x', ...facts }, sections, { signed: false });
  assert.deepEqual(commandBlocks(guide), ['true\n']);
});
