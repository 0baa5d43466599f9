/** The daemon on real databases, and what is told when nothing good was made for too long. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpPlace, type Place } from '../contract/notify-place.ts';
import { freePort } from '../stack/daemon.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { copyAged } from './aged.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'daemon');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** The messages that a place took; the run's id is behind the question mark. */
function heardBy({ arrived }: Place): { path: string; body: string }[] {
  return arrived.map(({ path, body }) => ({ path: path.split('?', 1)[0] ?? '', body }));
}

interface Page {
  readonly status: number;
  readonly text: string;
}

/** Asks until the daemon serves. */
async function ask(address: string): Promise<Page> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    try {
      const answer = await fetch(address);
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) if (await holds()) return;
  assert.fail(`waited in vain until ${what}`);
}

interface Running extends AsyncDisposable {
  readonly address: string;
}

async function startDaemon(project: Project): Promise<Running> {
  const address = `127.0.0.1:${await freePort()}`;
  const { child, ended } = project.start('daemon', '--metrics', address);
  return {
    address: `http://${address}`,
    [Symbol.asyncDispose]: async () => {
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      const { code, stderr } = await ended;
      assert.equal(code, 0, stderr);
    },
  };
}

/** The value of a metric by the beginning of its line. */
function metric(text: string, start: string): number {
  const line = text.split('\n').find((each) => each.startsWith(start));
  assert.ok(line, `${start} in\n${text}`);
  return Number(line.split(' ').at(-1));
}

test('a daemon that starts with nothing makes a set at once, tells of it, and makes no second one', async () => {
  await using project = await tiny.project();
  await using place = await httpPlace();
  const file = join(project.folder, 'holdfast.prom');
  Object.assign(project.environment, {
    BACKUP_PING_URL: `http://127.0.0.1:${place.port}/ping`,
    BACKUP_METRICS_FILE: file,
  });
  await using running = await startDaemon(project);
  await until('the ping of success arrives', () => heardBy(place).some(({ path }) => path === '/ping'));
  assert.deepEqual(
    heardBy(place).map(({ path }) => path),
    ['/ping/start', '/ping'],
  );
  await until('the metrics are written', async () => (await readFile(file, 'utf8').catch(() => '')) !== '');
  assert.equal((await ask(`${running.address}/healthz`)).status, 200);
  const { text } = await ask(`${running.address}/metrics`);
  assert.equal(metric(text, 'holdfast_last_run_success'), 1);
  assert.ok(metric(text, 'holdfast_set_age_seconds') < 120);
  assert.equal((await project.names()).filter((name) => !name.startsWith('.')).length, 1);
  const second = await project.run('schedule', 'run', 'backup');
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /"backup" is not due: the run .* did it/);
  assert.equal((await project.names()).filter((name) => !name.startsWith('.')).length, 1);
});

test('when nothing good was made for longer than the RPO, status, metrics, health and a message say so', async () => {
  await using project = await tiny.project();
  await using place = await httpPlace();
  const { value } = await project.json('backup', 'mongo');
  await copyAged(project.backups, value.set, 3);
  await rm(join(project.backups, value.set), { recursive: true });
  await rm(join(project.backups, 'logs'), { recursive: true });
  // A schedule whose time is nearly a year away: nothing is due, and yet the set is too old.
  const day = new Date(Date.now() - 30 * 24 * 60 * 60 * 1000);
  Object.assign(project.environment, {
    BACKUP_SCHEDULE: `0 0 ${day.getUTCDate()} ${day.getUTCMonth() + 1} *`,
    BACKUP_RPO_HOURS: '26',
    BACKUP_PING_URL: `http://127.0.0.1:${place.port}/ping`,
    BACKUP_WEBHOOK_URL: `http://127.0.0.1:${place.port}/hook`,
  });
  const status = await project.run('status');
  assert.equal(status.code, 1);
  assert.match(
    status.stdout,
    /^CRIT: "test-shop" has no good set younger than its RPO of 26 h: the newest, .*, is 3 d old/,
  );
  assert.match(status.stdout, /LATE/);
  await using running = await startDaemon(project);
  const health = await ask(`${running.address}/healthz`);
  assert.equal(health.status, 503);
  const { text } = await ask(`${running.address}/metrics`);
  assert.ok(metric(text, 'holdfast_set_age_seconds') > metric(text, 'holdfast_rpo_seconds'));
  await until('a message arrives', () => heardBy(place).some(({ path }) => path === '/hook'));
  const [message] = heardBy(place).filter(({ path }) => path === '/hook');
  assert.match(message?.body ?? '', /test-shop/);
  assert.match(message?.body ?? '', /"suspicious"/);
  assert.equal(
    heardBy(place).some(({ path }) => path === '/ping'),
    false,
    "the dead man's switch was told that all is well",
  );
});

test('a scheduled run that fails is told with the reason and the command, and a second one within the hour is not made', async () => {
  await using project = await tiny.project();
  await using place = await httpPlace();
  Object.assign(project.environment, {
    MONGO_CONTAINER: 'not-there',
    POSTGRES_CONTAINER: 'not-there-either',
    BACKUP_WEBHOOK_URL: `http://127.0.0.1:${place.port}/hook`,
    BACKUP_PING_URL: `http://127.0.0.1:${place.port}/ping`,
  });
  const first = await project.run('schedule', 'run', 'backup');
  assert.equal(first.code, 1, first.stderr);
  assert.deepEqual(
    heardBy(place).map(({ path }) => path),
    ['/ping/start', '/ping/fail', '/hook'].filter((path) => heardBy(place).some((each) => each.path === path)),
  );
  assert.ok(heardBy(place).some(({ path }) => path === '/ping/fail'));
  assert.match(heardBy(place).find(({ path }) => path === '/hook')?.body ?? '', /not-there/);
  const second = await project.run('schedule', 'run', 'backup');
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /"backup" is not due: the run .* failed a short while ago/);
  const logs = await project.run('logs', 'last');
  assert.match(logs.stdout, /^failed, just now/m);
  const list = await project.run('logs');
  assert.match(list.stdout, /^RUN +WHAT +BY +ENDED\n2\S+ +backup +backup +failed/m);
});
