import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { Failure } from '../../../../scripts/common/failure.ts';
import { Secret } from '../../../../scripts/common/secret.ts';
import type { ServerAddress } from '../../../../scripts/datastores/datastore.ts';
import { findCredentials } from '../../../../scripts/datastores/mongodb/connection/credentials.ts';
import { driverFailure } from '../../../../scripts/datastores/mongodb/connection/errors.ts';
import { askFarSide } from '../../../../scripts/datastores/mongodb/connection/tools.ts';
import { connectionParameters, hostPart, toolConfig } from '../../../../scripts/datastores/mongodb/connection/uri.ts';
import type { Engine, RunResult, ServiceDetails } from '../../../../scripts/engines/engine.ts';
import { hostEngine } from '../../../../scripts/engines/host.ts';

/** Answers `run` from a table of what stands in a container; every other call is a mistake of the test. */
function addressWith(answers: Record<string, Partial<RunResult> | Failure>, rest: Partial<ServerAddress> = {}) {
  const run = async (_service: string, command: { argv: readonly string[] }) => {
    const answer = answers[command.argv.join(' ')] ?? { code: 1, stderr: 'no such file' };
    if (answer instanceof Failure) throw answer;
    return { code: 0, stdout: '', stderr: '', ...answer };
  };
  const engine = { name: 'podman', run } as Partial<Engine> as Engine;
  return { kind: 'mongo', name: 'default', engine, service: 'c1', label: 'podman container shop', ...rest } as const;
}

/** Programs of this machine, in a folder that is all of the PATH; each is a shell text. */
async function withTools(tools: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'hf-mongo-tools-'));
  after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(tools)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  await symlink('/bin/sh', join(folder, 'sh'));
  return { ...addressWith({}), engine: hostEngine({ PATH: folder }), service: '' };
}

const detailsWith = (environment: Record<string, string>) =>
  ({ environment: new Map(Object.entries(environment)) }) as Partial<ServiceDetails> as ServiceDetails;

async function loginOf(environment: Record<string, string>, address = addressWith({})) {
  const found = await findCredentials(address, detailsWith(environment), {});
  return found && [found.user, found.password.reveal()];
}

test('the login is that of the official image', async () => {
  const environment = { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD: 'a:b@c' };
  assert.deepEqual(await loginOf(environment), ['root', 'a:b@c']);
});

test('files named by _FILE are read in the container, without the line end', async () => {
  const address = addressWith({ 'cat /run/secrets/p': { stdout: 'geheim \n' }, 'cat /run/u': { stdout: 'admin' } });
  const environment = {
    MONGO_INITDB_ROOT_USERNAME_FILE: '/run/u',
    MONGO_INITDB_ROOT_PASSWORD_FILE: '/run/secrets/p',
  };
  assert.deepEqual(await loginOf(environment, address), ['admin', 'geheim ']);
});

test('a file that cannot be read is a failure that names the variable', async () => {
  const environment = { MONGO_INITDB_ROOT_PASSWORD_FILE: '/gone' };
  await assert.rejects(loginOf(environment), (error: Failure) => /MONGO_INITDB_ROOT_PASSWORD_FILE/.test(error.message));
});

test("Bitnami's image has a user root unless it names another", async () => {
  assert.deepEqual(await loginOf({ MONGODB_ROOT_PASSWORD: 'x' }), ['root', 'x']);
  assert.deepEqual(await loginOf({ MONGODB_ROOT_PASSWORD: 'x', MONGODB_ROOT_USER: 'boss' }), ['boss', 'x']);
});

test('a server without any login is asked without one', async () => {
  assert.equal(await loginOf({ PATH: '/bin' }), undefined);
  assert.equal(await findCredentials(addressWith({}), undefined, {}), undefined);
});

test('the address comes before the environment, and a user without a password is named', async () => {
  const environment = { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD: 'p' };
  const given = addressWith({}, { user: 'backup', password: new Secret('q') });
  assert.deepEqual(await loginOf(environment, given), ['backup', 'q']);
  assert.deepEqual(await loginOf(environment, addressWith({}, { user: 'root' })), ['root', 'p']);
  await assert.rejects(loginOf(environment, addressWith({}, { user: 'backup' })), /no password is known .*"backup"/);
});

test('the URL for the tools survives any password, and YAML gives it back', () => {
  const password = 'p@ss:/?#[]%"\'\\ $(x) ü';
  const secret = toolConfig(
    '127.0.0.1:27017',
    { user: 'a/b', password: new Secret(password) },
    { authSource: 'admin' },
  );
  const url = new URL((parse(secret.reveal()) as { uri: string }).uri);
  assert.equal(decodeURIComponent(url.password), password);
  assert.equal(decodeURIComponent(url.username), 'a/b');
  assert.equal(url.host, '127.0.0.1:27017');
  assert.equal(url.searchParams.get('authSource'), 'admin');
});

test('users live in "admin" unless the settings say otherwise; without a login nothing is said', () => {
  const login = { user: 'a', password: new Secret('b') };
  assert.equal(connectionParameters(addressWith({}), login).authSource, 'admin');
  const own = addressWith({}, { parameters: { authSource: 'shop', tls: 'true' } });
  assert.deepEqual(connectionParameters(own, login), { directConnection: 'true', authSource: 'shop', tls: 'true' });
  assert.deepEqual(connectionParameters(addressWith({}), undefined), { directConnection: 'true' });
});

test('names, addresses of both families and sockets become the host of a URL', () => {
  assert.equal(hostPart('db.example', 1), 'db.example:1');
  assert.equal(hostPart('::1', 27017), '[::1]:27017');
  assert.equal(hostPart('/tmp/a b/mongo.sock', 1), '%2Ftmp%2Fa%20b%2Fmongo.sock');
});

test('tools that take a password only as an argument are refused', async () => {
  for (const version of ['100.2.1', 'r4.2.24', '4.0.3']) {
    const address = await withTools({ mongodump: `echo "mongodump version: ${version}"` });
    await assert.rejects(askFarSide(address, {}), (error: Failure) => error.code === 'version', version);
  }
});

test('a backup needs no mongorestore, but it needs mongodump', async () => {
  const script = (tool: string) => `printf '${tool} version: 100.10.0\\ngit version: x\\n'`;
  const half = await askFarSide(await withTools({ mongodump: script('mongodump') }), {});
  assert.deepEqual(half, { tools: { mongodump: '100.10.0' }, hasBash: false });
  const both = await withTools({ mongodump: script('mongodump'), mongorestore: script('mongorestore'), bash: 'true' });
  const tools = { mongodump: '100.10.0', mongorestore: '100.10.0' };
  assert.deepEqual(await askFarSide(both, {}), { tools, hasBash: true });
  const none = askFarSide(await withTools({ mongorestore: script('mongorestore') }), {});
  await assert.rejects(none, (error: Failure) => error.code === 'tool-missing' && !!error.hint);
});

test('a tool that is there and fails is not taken for one that is missing', async () => {
  const broken = await withTools({ mongodump: 'echo "cannot load a library" >&2; exit 1' });
  await assert.rejects(askFarSide(broken, {}), { code: 'tool-failed', detail: /cannot load a library/ });
});

test("errors of the driver get the code of what happened and keep the server's words", () => {
  const thrown = (name: string, message: string, code?: number) =>
    driverFailure(Object.assign(new Error(message), { name, code }), 'shop');
  assert.equal(thrown('MongoServerError', 'Authentication failed.', 18).code, 'denied');
  assert.equal(thrown('MongoServerError', 'not authorized', 13).code, 'denied');
  assert.equal(thrown('MongoServerSelectionError', 'connect ECONNREFUSED').code, 'unreachable');
  assert.equal(thrown('MongoParseError', 'option x is not supported').code, 'settings');
  assert.equal(thrown('MongoServerError', 'boom', 1).code, 'tool-failed');
  assert.equal(thrown('MongoServerError', 'boom', 1).detail, 'boom');
  assert.equal(driverFailure(new TypeError('a bug'), 'shop').code, 'internal');
});
