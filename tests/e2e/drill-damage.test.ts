import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ManifestArtifact } from '../../scripts/sets/manifest.ts';
import { containerCli } from '../stack/container-cli.ts';
import { installPrograms } from '../stack/host.ts';
import { run } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { DAMAGES, damage, damages, databases, dropAll, MONGO, makeAll, ROLE } from './drill-fixture.ts';
import {
  copyAs,
  cutInHalf,
  type DrillAnswer,
  type DrilledSource,
  drill,
  flipByte,
  forge,
  manifestOf,
} from './drill-sets.ts';
import { openProject, type Project } from './holdfast.ts';

let stack: Stack;
let project: Project;
let good: string;
let bad: DrillAnswer;

before(async () => {
  await installPrograms({ 'ssh-keygen': 'openssh-client' });
  stack = await attachOrStart();
  await makeAll(stack);
  project = await openProject(stack);
  Object.assign(project.environment, { POSTGRES_DATABASES: databases.join(','), MONGO_DATABASE: MONGO });
  good = await backup();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  if (stack) await dropAll(stack);
  await stack?.stop();
});

test('an extension that the image lacks is UNVERIFIABLE and never a FAIL; all others pass', async () => {
  const { code, answer, stderr } = await drill(project);
  assert.equal(code, 5, stderr);
  assert.equal(answer.verdict, 'UNVERIFIABLE');
  assert.match(sourceOf(answer, 'library').reasons[0] ?? '', /lacks extensions.*"hf_nowhere"/);
  const others = answer.sources.filter(({ label }) => label !== 'postgres/hf_drill_library');
  assert.deepEqual(
    others.filter(({ verdict }) => verdict !== 'PASS'),
    [],
  );
  assert.equal(answer.proof, undefined);
});

test('each damage that no checksum shows gives FAIL and names what is lost', async (context) => {
  await damage(stack);
  const worse = await backup();
  const forged = '2026-01-01T00-01';
  await copyAs(project, good, forged);
  await takeArtifacts(worse, forged);
  await withoutRole(forged);
  await forge(project, forged, { readable: true });
  await cutAgain(forged);
  await writeFile(
    join(project.folder, 'holdfast.yaml'),
    `drill:
  checks:
    - {name: head, source: postgres/hf_drill_one, sql: "select version_num from alembic_version;", expect: "0042"}
    - {name: bags, source: postgres/hf_drill_two, sql: "select count(*) from bags -- all", expect_at_least: 300}
    - {name: nobody, source: postgres/hf_drill_two, sql: "select 1 from nobody", expect: 1}
`,
  );
  const { code, answer, stderr } = await drill(project, forged);
  assert.equal(code, 5, stderr);
  assert.equal(answer.verdict, 'FAIL');
  bad = answer;
  context.diagnostic(`restored in ${answer.restoreMilliseconds} ms, servers started in ${answer.startMilliseconds} ms`);
});

for (const name of damages) {
  test(`damaged: ${name}`, () => {
    const { verdict, reasons } = sourceOf(bad, DAMAGES[name].place);
    assert.equal(verdict, 'FAIL');
    assert.match(reasons.join('\n'), DAMAGES[name].names);
  });
}

test('a database that comes back with another encoding is a FAIL', () => {
  assert.equal(sourceOf(bad, 'encoding').verdict, 'FAIL');
  assert.match(sourceOf(bad, 'encoding').reasons.join('\n'), /the database's encoding: found LATIN1, expected UTF8/);
});

test('a role that is gone from globals.sql is a FAIL, there and where it is needed', () => {
  assert.match(
    bad.sources.find(({ label }) => label === 'postgres/globals.sql')?.reasons.join() ?? '',
    new RegExp(`role ${ROLE}: found no such role`),
  );
  assert.equal(sourceOf(bad, 'owner').verdict, 'FAIL');
  assert.match(sourceOf(bad, 'owner').reasons.join('\n'), new RegExp(`roles that the dump needs.*"${ROLE}"`));
});

test('an archive that is cut, with checksums that fit, is a FAIL', () => {
  const { verdict, reasons } = sourceOf(bad, 'cut');
  assert.equal(verdict, 'FAIL');
  assert.match(reasons.join('\n'), /the dump cannot be read to its end: it ends inside/);
});

test('MongoDB: documents that are gone are a FAIL and named', () => {
  const source = bad.sources.find(({ label }) => label === `mongo/${MONGO}`);
  assert.equal(source?.verdict, 'FAIL');
  assert.match(source?.reasons.join('\n') ?? '', /"bags" than recorded: found 20, expected 120/);
});

test('checks: what was found and expected is told, and an error of the query is a FAIL with its words', () => {
  const checks = bad.sources.flatMap((source) => source.checks);
  const verdicts = Object.fromEntries(checks.map(({ name, verdict, found }) => [name, [verdict, found]]));
  assert.deepEqual(verdicts.head, ['FAIL', '0041']);
  assert.deepEqual(verdicts.bags, ['PASS', '300']);
  assert.equal(verdicts.nobody?.[0], 'FAIL');
  assert.match(sourceOf(bad, 'two').reasons.join('\n'), /relation "nobody" does not exist/);
});

test('a flipped byte fails the whole set and names the file; no server is left', async () => {
  const flipped = '2026-01-01T00-02';
  await copyAs(project, good, flipped);
  await forge(project, flipped);
  const artifact = await artifactOf(flipped, 'hf_drill_one');
  await flipByte(project, flipped, artifact);
  const { code, answer } = await drill(project, flipped, '--only', 'postgres/hf_drill_one');
  assert.equal(code, 5);
  assert.equal(answer.verdict, 'FAIL');
  assert.match(answer.reasons.join('\n'), /hf_drill_one\.dump/);
  assert.deepEqual(await throwaways(), []);
});

test('a truncated archive fails the whole set and names the file', async () => {
  const truncated = '2026-01-01T00-03';
  await copyAs(project, good, truncated);
  await forge(project, truncated);
  await cutInHalf(project, truncated, await artifactOf(truncated, 'hf_drill_one'));
  const { code, answer } = await drill(project, truncated, '--only', 'postgres/hf_drill_one');
  assert.deepEqual([code, answer.verdict], [5, 'FAIL']);
  assert.match(answer.reasons.join('\n'), /hf_drill_one\.dump/);
});

test('a set that none of the allowed signers signed is a FAIL', async () => {
  const key = join(project.folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const signers = join(project.folder, 'signers');
  await writeFile(signers, `backup@example.org ${await readFile(`${key}.pub`, 'utf8')}`);
  project.environment.BACKUP_ALLOWED_SIGNERS = signers;
  const { code, answer } = await drill(project, good, '--only', 'postgres/hf_drill_one');
  project.environment.BACKUP_ALLOWED_SIGNERS = undefined;
  assert.deepEqual([code, answer.verdict], [5, 'FAIL']);
  assert.match(answer.reasons.join('\n'), /not signed/);
});

function sourceOf({ sources }: DrillAnswer, name: string): DrilledSource {
  const found = sources.find(({ label }) => label === `postgres/hf_drill_${name}`);
  assert.ok(found, `no source hf_drill_${name}`);
  return found;
}

async function backup(): Promise<string> {
  const { run: ended, value } = await project.json('backup');
  assert.equal(ended.code, 0, ended.stderr);
  return value.set;
}

/** The dumps of the damaged databases under the manifest of the good ones. */
async function takeArtifacts(from: string, to: string): Promise<void> {
  for (const { artifacts } of (await manifestOf(project, from)).sources) {
    for (const { path } of artifacts)
      await copyFile(join(project.backups, from, path), join(project.backups, to, path));
  }
}

async function withoutRole(set: string): Promise<void> {
  const file = join(project.backups, set, 'postgres', 'globals.sql');
  const text = await readFile(file, 'utf8');
  const lines = text.split('\n').filter((line) => !line.includes(`"${ROLE}"`));
  assert.notEqual(lines.length, text.split('\n').length);
  await writeFile(file, lines.join('\n'));
}

async function cutAgain(set: string): Promise<void> {
  await cutInHalf(project, set, await artifactOf(set, 'hf_drill_cut'));
  await forge(project, set, { readable: true });
}

async function artifactOf(set: string, name: string): Promise<ManifestArtifact> {
  const source = (await manifestOf(project, set)).sources.find((one) => one.name === name);
  assert.ok(source?.artifacts[0]);
  return source.artifacts[0];
}

async function throwaways(): Promise<string[]> {
  const cli = containerCli(stack.postgres.engine, stack.postgres.dockerHost);
  return (await cli.run(['ps', '-a', '-q', '--filter', 'label=holdfast.drill'])).split('\n').filter(Boolean);
}
