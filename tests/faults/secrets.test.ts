import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project, Run } from '../e2e/holdfast.ts';
import { openTiny, type Tiny } from '../e2e/tiny.ts';
import { containerCli } from '../stack/container-cli.ts';
import { run } from '../stack/run.ts';
import { type Server, type Stack, startStack, stopStack } from '../stack/stack.ts';
import type { Findings, Order } from './cmdline-sampler.ts';
import { hostTools } from './host-tools.ts';
import { needsLinux } from './processes.ts';
import { formsOf } from './secret-forms.ts';

/**
 * Servers of this test's own: everybody else's tests run with the usual passwords, and some show them on purpose. Every
 * character that URLs, shells, YAML or SQL give a meaning to is in it.
 */
const PROJECT = `${process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-stack'}-secrets`;
const CORE = createHash('sha256').update(PROJECT).digest('hex').slice(0, 12);
const SECRET = `r1ght ${CORE}&pass/w:rd@%41?#'"$x\\y`;
const WRONG = `wr0ng ${CORE}&pass/w:rd@%41?#'"$x\\y`;

let stack: Stack;
let tiny: Tiny;
let project: Project;
let forms: string[];
let tools: string | undefined;

before(async () => {
  if (needsLinux) return;
  stack = await startStack({ project: PROJECT, password: SECRET });
  tiny = await openTiny(stack, 'secrets');
  project = await tiny.project();
  for (const name of ['tmp', 'control']) await mkdir(join(project.folder, name));
  project.environment.TMPDIR = join(project.folder, 'tmp');
  tools = await hostTools(join(project.folder, 'tools'));
  forms = [SECRET, WRONG].flatMap(formsOf);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  if (stack) await stopStack(PROJECT);
});

test('the sampler sees a secret in the arguments of a short process here and in a container, and in a file', {
  skip: needsLinux,
}, async () => {
  const { hits, programs } = await sampled(async () => {
    const secret = encodeURIComponent(SECRET);
    await run('sh', ['-c', 'sleep 0.3', secret]);
    const cli = containerCli(stack.postgres.engine);
    await cli.run(['exec', stack.postgres.container, 'bash', '-c', 'sleep 0.3; :', SECRET]);
    await writeFile(join(project.folder, 'control', 'file'), `password: ${JSON.stringify(WRONG)}\n`);
    await sleep(1000);
    await writeFile(join(project.folder, 'control', 'file'), '');
  });
  for (const where of [/^arguments of sh:/, /^arguments of bash:/, /control\/file:/]) {
    assert.ok(
      hits.some((hit) => where.test(hit)),
      `${where} is not among ${hits.join('; ')}`,
    );
  }
  assert.ok(programs.length > 3);
});

test('backup, verify and restore of servers in containers show no secret', { skip: needsLinux }, async (context) => {
  const { rounds, programs, hits } = await sampled(async () => {
    await allVerbs(0);
    await tiny.drop();
    silent(await project.run('restore', '--yes'), 0);
  });
  assert.deepEqual(hits, []);
  // What runs in the containers was really looked at.
  for (const program of [
    'pg_dump',
    'pg_dumpall',
    'pg_restore',
    'psql',
    'mongodump',
    'mongorestore',
    stack.mongo.engine,
  ]) {
    assert.ok(programs.includes(program), `"${program}" is not among ${programs.join(' ')}`);
  }
  context.diagnostic(`looked ${rounds} times`);
});

test('backup, verify and restore of servers by URL show no secret', { skip: needsLinux }, async (context) => {
  if (tools === undefined) return context.skip('this machine has no dump tools as new as the servers');
  await writeSettings(SECRET, SECRET);
  const { programs, hits } = await sampled(() => allVerbs(0));
  assert.deepEqual(hits, []);
  assert.ok(programs.includes('mongodump') && programs.includes('pg_dump'), programs.join(' '));
});

test('a wrong password and a host that does not answer show no secret', { skip: needsLinux }, async (context) => {
  if (tools === undefined) return context.skip('this machine has no dump tools as new as the servers');
  const { hits } = await sampled(async () => {
    await writeSettings(WRONG, WRONG);
    for (const words of [['backup'], ['restore', '--yes']]) {
      const ended = await project.run(...words);
      silent(ended, 1);
      assert.match(ended.stderr, /authentication failed|log in|denied/i);
    }
    await writeSettings(WRONG, SECRET);
    silent(await project.run('backup', '--json'), 3);
    await writeSettings(WRONG, WRONG, 9);
    silent(await project.run('backup', '--json'), 1);
  });
  assert.deepEqual(hits, []);
});

/** Every verb once for people and once for machines; what they print is looked at as well. */
async function allVerbs(code: number): Promise<void> {
  for (const words of [['backup'], ['verify', '--deep'], ['list'], ['prune', '--dry-run'], ['restore', '--yes']]) {
    silent(await project.run(...words), code);
  }
  for (const words of [['backup', '--dry-run'], ['backup'], ['restore', '--dry-run'], ['list']]) {
    silent(await project.run(...words, '--json'), code);
  }
}

/** Asserts how a run ended, and that no spelling of a secret is in what it printed. */
function silent({ code, stdout, stderr }: Run, expected: number): void {
  for (const form of forms) assert.ok(!(stdout + stderr).includes(form), 'a secret was printed');
  assert.equal(code, expected, stdout + stderr);
}

/** Runs `work` under the eyes of the sampler. The files of the settings are the one place where secrets may stand. */
async function sampled(work: () => Promise<void>): Promise<Findings> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cmdline-sampler.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const inner = await Promise.all([stack.postgres, stack.mongo].map(temporaryFolderOf));
    const own = ['backups', 'tmp', 'control'].map((name) => join(project.folder, name));
    const order: Order = { forms, folders: [...own, ...inner] };
    child.stdin.write(`${JSON.stringify(order)}\n`);
    assert.equal((await lines.next()).value, 'ready');
    await work();
    child.stdin.end();
    return JSON.parse(String((await lines.next()).value));
  } finally {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** The folder /tmp of a container, seen from outside. */
async function temporaryFolderOf(server: Server): Promise<string> {
  const cli = containerCli(server.engine, server.dockerHost);
  const pid = (await cli.run(['inspect', '--format', '{{.State.Pid}}', server.container])).trim();
  return `/proc/${pid}/root/tmp`;
}

/** Reaches both servers by URL from now on. `port`: another one than theirs. */
async function writeSettings(postgres: string, mongo: string, port?: number): Promise<void> {
  const at = (server: Server): string => `${server.host}:${port ?? server.port}`;
  const login = (server: Server, password: string): string => `${server.user}:${encodeURIComponent(password)}`;
  const lines = [
    `POSTGRES_URL="postgres://${login(stack.postgres, postgres)}@${at(stack.postgres)}/${tiny.name}"`,
    `MONGO_URL="mongodb://${login(stack.mongo, mongo)}@${at(stack.mongo)}/${tiny.name}?authSource=admin"`,
  ];
  await writeFile(join(project.folder, '.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
  for (const name of ['POSTGRES_CONTAINER', 'MONGO_CONTAINER', 'CONTAINER_CMD']) delete project.environment[name];
  project.environment.PATH = `${tools}${process.env.PATH}`;
}
