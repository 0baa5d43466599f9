import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface, type Interface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { ownIdentity, processState } from '../../../scripts/common/process-identity.ts';
import { acquireLock, isStale } from '../../../scripts/sets/lock.ts';
import { LOCK_FILE, type LockOwner, newOwner } from '../../../scripts/sets/lock-file.ts';
import { temporaryFolder } from './example-set.ts';

const options = { command: 'backup', report: () => undefined };
const MINUTE = 60_000;

/** Writes a lock as its owner would have, last touched so many milliseconds ago. */
async function writeLock(folder: string, changes: Partial<LockOwner>, age = 0): Promise<LockOwner> {
  const owner = { ...newOwner(await ownIdentity(), 'backup'), ...changes };
  const file = join(folder, LOCK_FILE);
  await writeFile(file, JSON.stringify(owner));
  const time = new Date(Date.now() - age);
  await utimes(file, time, time);
  return owner;
}

/** A process number that nobody has: of a process that has just ended. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

interface Taker {
  readonly process: ChildProcessWithoutNullStreams;
  readonly lines: Interface;
}

async function startTaker(context: TestContext, folder: string): Promise<Taker> {
  const child = spawn(process.execPath, [new URL('lock-taker.ts', import.meta.url).pathname, folder]);
  child.stderr.resume();
  context.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return { process: child, lines };
}

async function tell(taker: Taker, command: string): Promise<string> {
  const answer = once(taker.lines, 'line');
  taker.process.stdin.write(`${command}\n`);
  return String((await answer)[0]);
}

test('a lock is taken once, tells its holder, and is free after its release', async (context) => {
  const folder = join(await temporaryFolder(context), 'backups');
  const lock = await acquireLock(folder, options);
  await assert.rejects(
    acquireLock(folder, { ...options, command: 'prune' }),
    (error: { code: string; message: string }) => {
      assert.equal(error.code, 'locked');
      for (const fact of [
        '"backup"',
        `process ${process.pid}`,
        lock.owner.host,
        lock.owner.startedAt,
        'last heartbeat',
      ]) {
        assert.ok(error.message.includes(fact), `${fact} in: ${error.message}`);
      }
      return true;
    },
  );
  await lock.stillMine();
  await lock.release();
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
  await (await acquireLock(folder, options)).release();
});

test('nothing but the lock itself is left in the folder while it is held', async (context) => {
  const folder = await temporaryFolder(context);
  await writeLock(folder, { pid: await goneProcess() });
  const lock = await acquireLock(folder, options);
  assert.deepEqual(await readdir(folder), [LOCK_FILE]);
  await lock.release();
});

for (const [name, changes, age, stale] of [
  ['a live process of this machine keeps its lock, however silent', {}, 60 * MINUTE, false],
  ['a process that is gone loses its lock at once', { pid: -1 }, 0, true],
  ['the same process number with another start is another process', { processStart: '1' }, 0, true],
  ['another process space is judged by its heartbeat: fresh', { pidSpace: 'pid:[1]', pid: -1 }, 4 * MINUTE, false],
  ['another process space is judged by its heartbeat: silent', { pidSpace: 'pid:[1]', pid: -1 }, 6 * MINUTE, true],
  ['another host is judged by its heartbeat: fresh', { host: 'other', bootId: 'x', pid: -1 }, 4 * MINUTE, false],
  ['another host is judged by its heartbeat: silent', { host: 'other', bootId: 'x', pid: -1 }, 6 * MINUTE, true],
  ['this host after a restart loses its lock', { bootId: 'x', pid: process.pid }, MINUTE, true],
  ['a host of our name that still beats is another machine', { bootId: 'x', pid: -1 }, 5000, false],
  [
    'a system that tells nothing is judged by its heartbeat',
    { bootId: '', pidSpace: '', processStart: '' },
    4 * MINUTE,
    false,
  ],
] as const) {
  test(name, async () => {
    const own = await ownIdentity();
    const pid = 'pid' in changes && changes.pid === -1 ? await goneProcess() : own.pid;
    const owner = { ...newOwner(own, 'backup'), ...changes, pid };
    assert.equal(await isStale({ id: owner.owner, owner, age }, own), stale);
  });
}

test('a lock file that cannot be read is left alone for five minutes, then replaced', async (context) => {
  const folder = await temporaryFolder(context);
  for (const content of ['', '{"owner":', 'null', '[]', '{"pid":1}']) {
    await writeFile(join(folder, LOCK_FILE), content);
    await assert.rejects(acquireLock(folder, options), { code: 'locked', message: /cannot be read/ }, content);
    const old = new Date(Date.now() - 6 * MINUTE);
    await utimes(join(folder, LOCK_FILE), old, old);
    await (await acquireLock(folder, options)).release();
  }
});

test('healing a stale lock is told', async (context) => {
  const folder = await temporaryFolder(context);
  const pid = await goneProcess();
  await writeLock(folder, { pid });
  const notes: string[] = [];
  const lock = await acquireLock(folder, {
    command: 'backup',
    report: (event) => notes.push('message' in event ? event.message : ''),
  });
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? '', new RegExp(`took over a stale lock: "backup", process ${pid} on host`));
  await lock.release();
});

test('an heir that died before it was done is inherited from as well', async (context) => {
  const folder = await temporaryFolder(context);
  const dead = await writeLock(folder, { pid: await goneProcess() });
  const heir = { ...newOwner(await ownIdentity(), 'backup'), pid: await goneProcess() };
  await writeFile(join(folder, `.lock-heir-${dead.owner}`), JSON.stringify(heir));
  const lock = await acquireLock(folder, options);
  assert.deepEqual(await readdir(folder), [LOCK_FILE]);
  await lock.release();
});

test('an heir that is at work right now is not disturbed', async (context) => {
  const folder = await temporaryFolder(context);
  const dead = await writeLock(folder, { pid: await goneProcess() });
  const heir = newOwner(await ownIdentity(), 'prune');
  await writeFile(join(folder, `.lock-heir-${dead.owner}`), JSON.stringify(heir));
  await assert.rejects(acquireLock(folder, options), { code: 'locked', message: /"prune"/ });
  assert.equal(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8')).owner, dead.owner);
});

test('of four processes that find one stale lock exactly one gets it, 50 times', async (context) => {
  const folder = await temporaryFolder(context);
  const takers = await Promise.all([1, 2, 3, 4].map(() => startTaker(context, folder)));
  const pid = await goneProcess();
  for (let round = 0; round < 50; round += 1) {
    await writeLock(folder, { pid });
    const answers = await Promise.all(takers.map((taker) => tell(taker, 'take')));
    assert.deepEqual(answers.toSorted(), ['healed', 'locked', 'locked', 'locked'], `round ${round}`);
    const winner = takers[answers.indexOf('healed')];
    assert.ok(winner);
    assert.equal(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8')).pid, winner.process.pid);
    assert.equal(await tell(winner, 'release'), 'released');
    assert.deepEqual(await readdir(folder), []);
  }
});

test('of two processes that find no lock exactly one gets it, 30 times', async (context) => {
  const folder = await temporaryFolder(context);
  const takers = await Promise.all([1, 2].map(() => startTaker(context, folder)));
  for (let round = 0; round < 30; round += 1) {
    const answers = await Promise.all(takers.map((taker) => tell(taker, 'take')));
    assert.deepEqual(answers.toSorted(), ['locked', 'mine'], `round ${round}`);
    const winner = takers[answers.indexOf('mine')];
    assert.ok(winner);
    await tell(winner, 'release');
  }
});

test('kill -9 of the holder leaves a lock that the next run heals at once', async (context) => {
  const folder = await temporaryFolder(context);
  const [holder, next] = await Promise.all([startTaker(context, folder), startTaker(context, folder)]);
  assert.equal(await tell(holder, 'take'), 'mine');
  assert.equal(await tell(next, 'take'), 'locked');
  holder.process.kill('SIGKILL');
  await once(holder.process, 'exit');
  assert.equal(await tell(next, 'take'), 'healed');
});

test('a process that is dead but that nobody waited for counts as gone', async (context) => {
  if (process.platform !== 'linux') return context.skip('reads /proc');
  // The shell starts a child, becomes `sleep`, and never waits for it: the child stays a zombie.
  const shell = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 20']);
  context.after(() => shell.kill('SIGKILL'));
  const pid = Number(String((await once(shell.stdout, 'data'))[0]));
  const stat = (): Promise<string> => readFile(`/proc/${pid}/stat`, 'utf8');
  // "(sleep)" has no blank in it, so that the fields can be counted.
  const start = (await stat()).split(' ')[21] ?? '';
  assert.equal(await processState(pid, start), 'running');
  for (let tries = 0; !(await stat()).includes(') Z ') && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.match(await stat(), /\) Z .* /);
  assert.equal(await processState(pid, start), 'gone');
});

test('a lock that somebody else took is noticed, and not released', async (context) => {
  const folder = await temporaryFolder(context);
  const lock = await acquireLock(folder, options);
  const other = await writeLock(folder, { command: 'prune' });
  await assert.rejects(lock.stillMine(), { code: 'lock-lost', message: /held by "prune"/ });
  await lock.release();
  assert.equal(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8')).owner, other.owner);
  await rm(join(folder, LOCK_FILE));
  await assert.rejects(lock.stillMine(), { code: 'lock-lost', message: /held by nobody/ });
});

test('the holder beats every ten seconds, into its own file', async (context) => {
  const folder = await temporaryFolder(context);
  context.mock.timers.enable({ apis: ['setInterval'] });
  const lock = await acquireLock(folder, options);
  const read = async (): Promise<string> => JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8')).heartbeat;
  const first = await read();
  await new Promise((resolve) => setTimeout(resolve, 10));
  context.mock.timers.tick(9_999);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await read(), first);
  context.mock.timers.tick(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok((await read()) > first);
  await lock.stillMine();
  await lock.release();
});

test('files of killed takers are cleaned up once they are old', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(folder, { recursive: true });
  for (const name of ['.lock-new-a', '.lock-heir-b']) await writeFile(join(folder, name), '{}');
  const old = new Date(Date.now() - 6 * MINUTE);
  await utimes(join(folder, '.lock-new-a'), old, old);
  await (await acquireLock(folder, options)).release();
  assert.deepEqual(await readdir(folder), ['.lock-heir-b']);
});
