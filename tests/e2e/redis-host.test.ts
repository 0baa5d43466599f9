/** Redis on this machine without a container: by an address, with a password, and by TLS alone. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { redisFolder } from '../stack/image-recipes.ts';
import { chooseWay } from '../stack/way.ts';
import { openProject, type Project } from './holdfast.ts';

const run = promisify(execFile);
const PASSWORD = 'h0st&"pass word';
const PROGRAMS = ['redis-server', 'redis-cli', 'redis-check-rdb'];

const { way } = await chooseWay();
const skip =
  way !== 'packages' && 'the programs of Redis are taken from packages, and servers here are official images';
if (skip && process.env.HOLDFAST_REQUIRE_ALL === '1') throw new Error(skip);

let folder: string;
let environment: NodeJS.ProcessEnv;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
  const tree = await redisFolder();
  const bin = join(folder, 'bin');
  const libraries = join(folder, 'lib');
  await mkdir(bin);
  await mkdir(libraries);
  for (const program of PROGRAMS) await symlink(join(tree, 'usr/bin', program), join(bin, program));
  const [machine = ''] = (await readdir(join(tree, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu'));
  // Those of the C library are this machine's own: they go with its loader.
  for (const name of await readdir(join(tree, 'usr/lib', machine))) {
    if (/\.so/.test(name) && !/^(ld-|lib(c|m|dl|rt|pthread|resolv|nss_\w+|util)\.so)/.test(name))
      await symlink(join(tree, 'usr/lib', machine, name), join(libraries, name));
  }
  environment = { PATH: `${bin}:${process.env.PATH}`, LD_LIBRARY_PATH: libraries };
});

after(() => rm(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Starts a server, has `work` done with it, and ends it. `place`: how clients reach it. */
async function withRedis(
  words: readonly string[],
  place: readonly string[],
  work: (ask: (...words: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(folder, 'data-'));
  const server = spawn('redis-server', [...words, '--dir', data, '--requirepass', PASSWORD], {
    env: environment,
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  const ask = async (...command: string[]): Promise<string> => {
    const env = { ...environment, REDISCLI_AUTH: PASSWORD };
    return (await run('redis-cli', [...place, ...command], { env })).stdout.trim();
  };
  try {
    for (let time = 0; (await ask('PING').catch(String)) !== 'PONG'; time += 1) {
      assert.ok(time < 100 && server.exitCode === null, 'the server does not answer');
      await sleep(100);
    }
    await work(ask);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

async function projectOf(url: string): Promise<Project> {
  const project = await openProject();
  Object.assign(project.environment, environment, {
    BACKUP_DISCOVER: 'no',
    REDIS_URL: url,
    REDIS_PASSWORD: PASSWORD,
  });
  return project;
}

/** Backs up, harms, restores, undoes. */
async function roundTrip(project: Project, ask: (...words: string[]) => Promise<string>): Promise<void> {
  const good = async (...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await project.run(...words);
    assert.equal(code, 0, stdout + stderr);
  };
  const content = (): Promise<string> =>
    ask(
      'EVAL',
      "local all = redis.call('KEYS', '*') table.sort(all) return cjson.encode({all, redis.call('HGETALL', 'person')})",
      '0',
    );
  await ask('HSET', 'person', 'name', 'Ada', 'city', 'London');
  await ask('EVAL', "for n = 1, 500 do redis.call('SET', 'key ' .. n, n) end", '0');
  const original = await content();
  await good('backup');
  await good('verify', '--deep');
  await ask('DEL', 'person', 'key 7');
  await ask('SET', 'late', '1');
  const harmed = await content();
  await good('restore', '--yes');
  assert.equal(await content(), original);
  await good('undo', '--yes');
  assert.equal(await content(), harmed);
}

test('a server by its address comes back to the key, and an undo brings what it held before', { skip }, async () => {
  const port = String(await freePort());
  await withRedis(['--port', port, '--bind', '127.0.0.1'], ['-p', port], async (ask) => {
    await using project = await projectOf(`redis://127.0.0.1:${port}`);
    await roundTrip(project, ask);
  });
});

test('a server that speaks TLS alone is reached with its own authority; without it the reason is told', {
  skip,
}, async () => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  await chmod(key, 0o600);
  const port = String(await freePort());
  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
  const words = ['--port', '0', '--tls-port', port, '--tls-auth-clients', 'no', '--bind', '127.0.0.1', ...files];
  await withRedis(words, ['-p', port, '--tls', '--cacert', certificate], async (ask) => {
    await using project = await projectOf(`rediss://127.0.0.1:${port}?tls_ca=${certificate}`);
    await roundTrip(project, ask);
    project.environment.REDIS_URL = `rediss://127.0.0.1:${port}`;
    const { code, stdout, stderr } = await project.run('backup');
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /certificate/i);
  });
});
