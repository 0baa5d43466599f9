/** The example of docs/adding-a-datastore.md, as it stands there, in a copy of Holdfast. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';

const top = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(top, 'docs/adding-a-datastore.md'), 'utf8');
const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? assert.fail('the page has no example');

type Shelves = Map<string, Record<string, string>>;

/** A toy store: shelves of notes, each replaced in one go. */
async function openShelf(shelves: Shelves): Promise<{ url: string; close: () => void }> {
  const id = randomUUID();
  const server = createServer(async (request, response) => {
    const [, room, name = ''] = (request.url ?? '').split('/').map(decodeURIComponent);
    const found = shelves.get(name);
    const say = (status: number, answer?: unknown) => response.writeHead(status).end(JSON.stringify(answer));
    if (room === '') say(200, { version: '1.0', id });
    else if (name === '') say(200, [...shelves.keys()]);
    else if (request.method === 'PUT') {
      shelves.set(name, JSON.parse(await text(request)));
      say(200);
    } else if (request.method === 'DELETE') say(shelves.delete(name) ? 200 : 404);
    else say(found === undefined ? 404 : 200, found);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `shelf://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => server.close().closeAllConnections() };
}

let copy = '';
let project = '';
const shelves: Shelves = new Map([
  ['fruit', { apple: 'red', pear: 'green' }],
  ['odd/name ☃', { 'a b': '"quoted"\n' }],
]);
const spare: Shelves = new Map([['mine', { keep: 'me' }]]);
let live: Awaited<ReturnType<typeof openShelf>>;
let scratch: Awaited<ReturnType<typeof openShelf>>;

before(async () => {
  copy = await mkdtemp(join(tmpdir(), 'holdfast-copy-'));
  project = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  for (const name of ['scripts', 'package.json']) await cp(join(top, name), join(copy, name), { recursive: true });
  await symlink(join(top, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'scripts/datastores/members/shelf.ts'), example);
  live = await openShelf(shelves);
  scratch = await openShelf(spare);
});

after(async () => {
  live?.close();
  scratch?.close();
  await rm(copy, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

async function run(...words: string[]): Promise<{ code: number | null; said: string; json: string }> {
  const child = spawn(process.execPath, [join(copy, 'scripts/holdfast.ts'), ...words], {
    cwd: project,
    env: {
      PATH: process.env.PATH,
      HOME: project,
      BACKUP_DISCOVER: 'no',
      BACKUP_ENVIRONMENT: 'toy',
      SHELF_URL: live.url,
    },
  });
  const [json, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const code = child.exitCode ?? (await once(child, 'exit'))[0];
  return { code, said: said + json, json };
}

async function good(...words: string[]): Promise<string> {
  const { code, said } = await run(...words);
  assert.equal(code, 0, said);
  return said;
}

test('the example has no error of types, and one file is all that was added', async () => {
  const settings = { extends: join(top, 'tsconfig.json'), files: ['scripts/datastores/members/shelf.ts'], include: [] };
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify(settings));
  execFileSync(join(top, 'node_modules/.bin/tsc'), ['-p', copy], { stdio: 'pipe' });
  assert.ok(example.split('\n').length <= 200);
});

test('its shelves are backed up, verified, restored to the note, and an undo brings back what was there', async () => {
  const original = structuredClone([...shelves]);
  assert.match(await good('backup'), /shelf\/fruit/);
  assert.match(await good('verify', '--deep'), /readable/);
  shelves.set('fruit', { apple: 'rotten' });
  shelves.set('odd/name ☃', {});
  assert.match(await good('restore', '--dry-run'), /replace the shelf "fruit"/);
  assert.equal(shelves.get('fruit')?.apple, 'rotten');
  await good('restore', '--yes');
  assert.deepEqual([...shelves], original);
  await good('undo', '--yes');
  assert.equal(shelves.get('fruit')?.apple, 'rotten');
});

test('a drill restores to the server that the settings name, beside what it holds, and removes it again', async () => {
  const without = await run('drill');
  assert.notEqual(without.code, 0);
  assert.match(without.said, /BACKUP_DRILL_SHELF_URL/);
  await writeFile(join(project, '.env'), `BACKUP_DRILL_SHELF_URL=${scratch.url}\n`);
  assert.match(await good('drill'), /PASS/);
  assert.deepEqual([...spare.keys()], ['mine']);
});

test('damage is found without the server, and RESTORE.md works word for word', async () => {
  const [set = ''] = (await readdir(join(project, 'backups'))).filter((name) => /^\d{4}-/.test(name));
  const guide = await readFile(join(project, 'backups', set, 'RESTORE.md'), 'utf8');
  const block = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, lines = '']) => lines).join('');
  shelves.clear();
  const server = { SHELF: live.url.replace('shelf:', 'http:'), PATH: process.env.PATH };
  const child = spawn('sh', ['-e', '-c', block], { cwd: join(project, 'backups', set), env: server });
  assert.equal((await once(child, 'exit'))[0], 0, await text(child.stderr));
  assert.deepEqual(shelves.get('fruit'), { apple: 'red', pear: 'green' });
  await writeFile(join(project, 'backups', set, 'shelf/fruit.json.gz'), 'nothing');
  const { code, said } = await run('verify', '--deep', set);
  assert.notEqual(code, 0);
  assert.match(said, /fruit\.json\.gz/);
});

test('its settings are checked like those of any other kind', async () => {
  await writeFile(join(project, 'holdfast.yaml'), 'shelf:\n  - name: one\n    url: shelf://h/?x\n  - nane: two\n');
  const { code, said } = await run('backup');
  assert.equal(code, 2);
  assert.match(said, /"nane" is not a setting of shelf\[2\]; did you mean "name"\?/);
});
