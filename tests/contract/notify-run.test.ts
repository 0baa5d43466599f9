import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../stack/daemon.ts';
import { httpPlace, type Place } from './notify-place.ts';

const PROGRAM = new URL('../../scripts/holdfast.ts', import.meta.url).pathname;
const KEY = 'Kw7zQ9xJ';

let folder: string;
let place: Place;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-notify-run-'));
  place = await httpPlace();
});
after(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

/** A backup that cannot succeed, because there is nothing to back up: exit code and all that it said. */
async function failingBackup(settings: Readonly<Record<string, string>>): Promise<{ code: number; said: string }> {
  const lines = Object.entries({ BACKUP_DISCOVER: 'no', BACKUP_ENVIRONMENT: 'production', ...settings });
  await writeFile(join(folder, '.env'), lines.map(([name, value]) => `${name}='${value}'\n`).join(''));
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, [PROGRAM, 'backup'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => said.push(piece));
  const [code] = await once(child, 'close');
  return { code, said: Buffer.concat(said).toString('utf8') };
}

/** Everything that the run left behind but the settings. */
async function leftovers(): Promise<string> {
  let text = '';
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name !== '.env' && (await stat(path)).isFile()) text += await readFile(path, 'utf8');
  }
  return text;
}

test('a run that fails is told to a check with its start and its end, and to people once', async () => {
  const settings = {
    BACKUP_PING_URL: `http://127.0.0.1:${place.port}/ping/${KEY}`,
    BACKUP_SLACK_URL: `http://127.0.0.1:${place.port}/slack/${KEY}`,
    BACKUP_METRICS_FILE: join(folder, 'holdfast.prom'),
  };
  const first = await failingBackup(settings);
  assert.equal(first.code, 1, first.said);
  const paths = () => place.arrived.map(({ path }) => path.replace(/\?.*/, '')).sort();
  const told = [`/ping/${KEY}/fail`, `/ping/${KEY}/start`, `/slack/${KEY}`];
  assert.deepEqual(paths(), told);
  const [start, end] = place.arrived.filter(({ path }) => path.startsWith('/ping'));
  assert.match(start?.path ?? '', /\/start\?rid=/);
  assert.equal(start?.path.split('rid=')[1], end?.path.split('rid=')[1]);
  assert.match(end?.body ?? '', /^backup of production failed: .*\nexit status 1\n/);
  place.arrived.length = 0;
  assert.equal((await failingBackup(settings)).code, 1);
  assert.deepEqual(paths(), told.slice(0, 2));
  assert.match(await readFile(join(folder, 'holdfast.prom'), 'utf8'), /^holdfast_last_run_success\{.*\} 0$/m);
  assert.ok(!`${first.said}${await leftovers()}`.includes(KEY));
});

test('endpoints that are dead or refuse change neither how a run ends nor show their addresses', async () => {
  place.mood = 'refuses';
  const { code, said } = await failingBackup({
    BACKUP_PING_URL: `http://127.0.0.1:${await freePort()}/ping/${KEY}`,
    BACKUP_WEBHOOK_URL: `http://u:${KEY}@127.0.0.1:${place.port}/${KEY}`,
    BACKUP_SMTP_URL: `smtp://u:${KEY}@127.0.0.1:${await freePort()}`,
    BACKUP_MAIL_TO: 'you@example.org',
    BACKUP_MAIL_FROM: 'backup@example.org',
  });
  assert.equal(code, 1);
  for (const name of ['ping', 'webhook', 'mail'])
    assert.match(said, new RegExp(`the notifier "${name}" was not told: "127`));
  assert.ok(!`${said}${await leftovers()}`.includes(KEY));
});
