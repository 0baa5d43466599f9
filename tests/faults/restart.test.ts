import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type NamedSource, openProject, type Project } from '../e2e/holdfast.ts';
import { containerCli } from '../stack/container-cli.ts';
import { type Server, startStack } from '../stack/stack.ts';
import { type Liars, startLiars } from './lying-tools.ts';
import { allProcesses, needsLinux, untilGone } from './processes.ts';

let liars: Liars;
let project: Project;

before(async () => {
  if (needsLinux) return;
  liars = await startLiars('restart');
  project = await openProject(liars.stack);
  Object.assign(project.environment, { POSTGRES_DATABASES: 'hf_lied,hf_honest', MONGO_DATABASE: 'hf_lied,hf_honest' });
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await liars?.[Symbol.asyncDispose]();
});

/** What happens to the container of one server in the middle of its dump, and what stays possible. */
const ACCIDENTS = [
  { what: 'restarted', kind: 'postgres', words: ['restart', '-t', '1'], others: 'mongo' },
  { what: 'killed', kind: 'mongo', words: ['kill'], others: 'postgres' },
] as const;

for (const { what, kind, words, others } of ACCIDENTS) {
  test(`when the container of ${kind} is ${what} in mid-dump its sources fail, those of ${others} are kept, the next run is good`, {
    skip: needsLinux,
  }, async () => {
    const { run, value } = await runWithAccident(liars.stack[kind], words);
    assert.equal(run.code, 3, run.stdout + run.stderr);
    const failed = value.manifest.failed.find((source) => label(source) === `${kind}/hf_lied`);
    assert.match(failed?.reason ?? '', /went away|restarted or replaced|is not running/);
    const kept = value.manifest.sources.map(label);
    for (const name of ['hf_lied', 'hf_honest']) assert.ok(kept.includes(`${others}/${name}`), kept.join());
    const next = await project.json('backup');
    assert.equal(next.run.code, 0, next.run.stderr);
    assert.equal(next.value.manifest.sources.length, 5);
    assert.deepEqual(
      (await project.names()).filter((name) => /^\.|\.partial$/.test(name)),
      [],
    );
  });
}

test('when nothing but the broken dump was asked for the run makes no set and ends with exit code 1', {
  skip: needsLinux,
}, async () => {
  const before = await project.names();
  const { run, value } = await runWithAccident(liars.stack.postgres, ['kill'], 'postgres/hf_lied');
  assert.equal(run.code, 1, run.stdout);
  assert.match(value.error.detail, /postgres\/hf_lied: .*(went away|restarted or replaced|is not running)/);
  assert.deepEqual(await project.names(), before);
});

/** Runs a backup whose dump of one server hangs half-way; then the accident, after which all is as it was. */
async function runWithAccident(server: Server, words: readonly string[], ...sources: string[]) {
  await liars.tell(undefined);
  await liars.tellOne(server, 'hangs');
  const running = project.json('backup', ...sources);
  const hangs = () => allProcesses().some((seen) => seen.words === 'sleep 1000.7');
  assert.deepEqual((await untilGone(() => (hangs() ? [] : ['nothing hangs yet']), 60_000)).left, []);
  await liars.tellOne(server, undefined);
  const cli = containerCli(server.engine);
  await cli.run([...words, server.container]);
  const ended = await running;
  if (words[0] === 'kill') await cli.run(['start', server.container]);
  // Waits until both servers answer again; a test that failed here would blame the wrong run.
  await startStack({ project: liars.project });
  return ended;
}

function label({ kind, name }: NamedSource): string {
  return `${kind}/${name}`;
}
