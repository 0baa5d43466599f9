import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodeWithDigest } from '../../scripts/sets/digest.ts';
import { walkFiles } from '../../scripts/storage/local-read.ts';
import { type NamedSource, openProject, type Project } from '../e2e/holdfast.ts';
import { type Liars, startLiars } from './lying-tools.ts';
import { allProcesses, needsLinux, untilGone, watchContainers } from './processes.ts';

/** Lies that must end as failures of the source, with what the reason must say of each tool. */
const LIES: Readonly<Record<string, RegExp>> = {
  'half, exit 0': /./,
  'all, exit 1': /exit code 1.*something went wrong/s,
  'nothing, exit 0': /./,
  CRLF: /./,
  killed: /SIGKILL/,
  'something after the end': /./,
  'only a header': /./,
  'an empty one': /./,
};
const LIED = ['mongo/hf_lied', 'postgres/globals.sql', 'postgres/hf_lied'];
const HONEST = ['mongo/hf_honest', 'postgres/hf_honest'];
/** An old set that retention would remove after every good run. */
const OLD = '2025-01-01T00-00';

let liars: Liars;
let project: Project;

before(async () => {
  liars = await startLiars('liars');
  project = await openProject(liars.stack);
  Object.assign(project.environment, { POSTGRES_DATABASES: 'hf_lied,hf_honest', MONGO_DATABASE: 'hf_lied,hf_honest' });
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  await makeOldSet(value.set);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await liars?.[Symbol.asyncDispose]();
});

for (const [lie, words] of Object.entries(LIES)) {
  test(`tools that give "${lie}" fail their sources with exit code 3, and the others are kept`, async () => {
    await liars.tell(lie);
    const before = await project.names();
    const { run, value } = await project.json('backup');
    assert.equal(run.code, 3, run.stdout + run.stderr);
    const { failed, sources } = value.manifest;
    assert.deepEqual(failed.map(label).sort(), LIED);
    for (const source of failed) assert.match(source.reason, words, label(source));
    assert.deepEqual(sources.map(label).sort(), HONEST);
    const kept = sources.flatMap(({ artifacts }) => artifacts.map(({ path }) => path)).sort();
    const files = walkFiles(join(project.backups, value.set)).map(({ path }) => path);
    assert.deepEqual(
      files.filter((path) => path.includes('/')),
      kept,
    );
    assert.deepEqual(
      (await project.names()).filter((name) => name !== value.set),
      before,
      'nothing was pruned or left',
    );
    const verified = await project.run('verify', value.set, '--deep');
    assert.equal(verified.code, 0, verified.stdout);
  });
}

test('a tool that floods stderr with 100 MB and dumps well is believed, and its words do not flood the set', async () => {
  await liars.tell('a flood on stderr');
  await using other = await openProject(liars.stack);
  const { run, value } = await other.json('backup', 'mongo/hf_lied', 'postgres/hf_lied');
  assert.equal(run.code, 0, run.stderr);
  assert.ok(run.stderr.length + run.stdout.length < 20_000, `wrote ${run.stderr.length + run.stdout.length} bytes`);
  const manifest = await readFile(join(other.backups, value.set, 'manifest.json'));
  assert.ok(manifest.length < 20_000, `the manifest has ${manifest.length} bytes`);
});

test('a run of which every source is lied about makes no set and ends with exit code 1', async () => {
  await liars.tell('half, exit 0');
  const before = await project.names();
  const { run, value } = await project.json('backup', '--components', LIED.join(','));
  assert.equal(run.code, 1, run.stdout);
  for (const source of LIED) assert.ok(value.error.detail.includes(source), value.error.detail);
  assert.deepEqual(await project.names(), before);
});

test('a tool that hangs is ended by an interrupt on both sides, and nothing is left', {
  skip: needsLinux,
}, async () => {
  await liars.tell('hangs');
  const before = await project.names();
  const watch = await watchContainers([liars.stack.postgres, liars.stack.mongo]);
  const { child, ended } = project.start('backup', '--components', LIED.join(','));
  const hanging = () => allProcesses().filter(({ words }) => words === 'sleep 1000.7');
  const { left } = await untilGone(() => (hanging().length > 0 ? [] : ['no tool hangs yet']), 60_000);
  assert.deepEqual(left, []);
  const began = Date.now();
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.ok(Date.now() - began < 20_000, `it took ${Date.now() - began} ms to end`);
  assert.deepEqual((await untilGone(watch.leftovers, 3000)).left, []);
  assert.deepEqual(await project.names(), before);
});

test('the first run without a lie takes everything, and only then the old set is pruned', async () => {
  assert.ok((await project.names()).includes(OLD));
  await liars.tell(undefined);
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(value.pruned, [OLD]);
  assert.deepEqual(value.manifest.sources.map(label).sort(), [...LIED, ...HONEST].sort());
});

function label({ kind, name }: NamedSource): string {
  return `${kind}/${name}`;
}

/** A good set of long ago: a copy whose manifest tells another time. */
async function makeOldSet(from: string): Promise<void> {
  const folder = join(project.backups, OLD);
  await cp(join(project.backups, from), folder, { recursive: true, filter: (path) => !path.includes('proof-') });
  const { digest: _digest, ...manifest } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const times = { createdAt: '2025-01-01T00:00:00.000Z', finishedAt: '2025-01-01T00:01:00.000Z' };
  await writeFile(join(folder, 'manifest.json'), encodeWithDigest({ ...manifest, id: OLD, ...times }));
  const { code, stdout } = await project.run('verify', OLD, '--deep');
  assert.equal(code, 0, stdout);
}
