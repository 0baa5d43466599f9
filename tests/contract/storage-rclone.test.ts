import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { member } from '../../scripts/storage/members/rclone.ts';
import type { Storage } from '../../scripts/storage/storage.ts';
import { type Minio, startMinio } from '../stack/minio.ts';
import { rcloneProgram, whyNoRclone } from '../stack/rclone.ts';
import { storageContract } from './storage.ts';

const skip = whyNoRclone() ?? false;
const SET = '2026-05-07T15-36';
const UNFINISHED = { unfinished: true };

/** A folder with a config of rclone that has one remote, "box". */
interface Place {
  readonly folder: string;
  readonly config: string;
  readonly program: string;
}

async function makePlace(lines: (folder: string) => readonly string[]): Promise<Place> {
  const folder = await mkdtemp('/tmp/holdfast-rclone-');
  const config = join(folder, 'rclone.conf');
  await writeFile(config, ['[box]', ...lines(folder), ''].join('\n'), { mode: 0o600 });
  return { folder, config, program: await rcloneProgram() };
}

/** What the surroundings of a run hold; the machine's own may change how rclone speaks to S3. */
const environmentOf = ({ folder }: Place) => ({ PATH: process.env.PATH, HOME: folder });

/** Runs rclone by hand. */
function rclone(place: Place, ...words: string[]): string {
  const options = { env: environmentOf(place), stdio: 'pipe' } as const;
  return execFileSync(place.program, ['--config', place.config, ...words], options).toString();
}

/** Two sets, one of them in a folder more, and what is none of ours. */
async function listsWithObjects(storage: Storage, stranger: () => void): Promise<void> {
  for (const set of [SET, '2027-01-01T00-00']) {
    await storage.reserve(set);
    for (const path of ['postgres/app.dump', 'manifest.json']) await storage.put(set, path, Readable.from(['x']));
    await storage.publish(set);
  }
  stranger();
  const found = await storage.entries({ withObjects: true });
  assert.deepEqual(
    found.map(({ name, objects }) => [name, objects?.length]),
    [
      [SET, 2],
      ['2027-01-01T00-00', 2],
      ['photos', undefined],
    ],
  );
}

async function open(place: Place, remote: string, changes = {}): Promise<Storage> {
  const { folder, config, program } = place;
  const environment = environmentOf(place);
  return await member.open({ remote, config, program, ...changes }, { name: 'rclone', environment, folder });
}

const newRemote = () => `box:holdfast/${randomBytes(6).toString('hex')}`;

/** Five megabytes, and then the failure. */
function breaking(): Readable {
  return Readable.from(
    (async function* () {
      for (let sent = 0; sent < 20; sent += 1) yield randomBytes(256 * 1024);
      await sleep(200);
      throw new Error('pg_dump died');
    })(),
  );
}

describe('rclone with a folder as its remote', { skip }, () => {
  let place: Place;
  before(async () => {
    place = await makePlace((folder) => ['type = alias', `remote = ${folder}/box`]);
  });
  after(async () => await rm(place.folder, { recursive: true }));

  storageContract('rclone on a folder', async () => await open(place, newRemote()));
  test('a list with objects has those of all sets by two calls, and goes into no other folder', async () => {
    const remote = newRemote();
    const words = join(place.folder, 'words');
    const program = join(place.folder, 'counting');
    await writeFile(program, `#!/bin/sh\necho "$@" >> '${words}'\nexec '${place.program}' "$@"\n`, { mode: 0o700 });
    await listsWithObjects(await open(place, remote), () => rclone(place, 'mkdir', `${remote}/photos`));
    const before = existsSync(words);
    await (await open(place, remote, { program })).entries({ withObjects: true });
    assert.deepEqual([before, readFileSync(words, 'utf8').match(/ lsjson /g)?.length], [false, 2]);
    assert.match(readFileSync(words, 'utf8'), /--include \/202\*\*/);
  });
  describe('faults', () => faults(() => place));
});

function faults(place: () => Place): void {
  const below = (remote: string) => join(place().folder, 'box', remote.slice('box:'.length));

  test('a source that breaks after megabytes leaves no file at the remote', async () => {
    const remote = newRemote();
    const storage = await open(place(), remote);
    await storage.reserve(SET);
    await assert.rejects(storage.put(SET, 'postgres/app.dump', breaking()), { detail: 'pg_dump died' });
    const files = (await readdir(below(remote), { recursive: true })).filter((name) => name.includes('app.dump'));
    assert.deepEqual(files, []);
  });

  test('an rclone that is killed in mid-put fails the put, and leaves no file at the remote', async () => {
    const remote = newRemote();
    const storage = await open(place(), remote);
    await storage.reserve(SET);
    const source = new Readable({ read: () => undefined });
    source.push(randomBytes(5_000_000));
    const putting = storage.put(SET, 'a', source);
    const told = assert.rejects(putting, { name: 'Failure', code: 'storage', message: /"rclone rcat" was killed/ });
    await killRcat(`${remote}/${SET}/a`);
    await told;
    assert.ok(source.destroyed);
    assert.deepEqual(await storage.objects(SET, UNFINISHED), []);
  });

  test('nothing of a removed set is left, not even a folder', async () => {
    const remote = newRemote();
    const storage = await open(place(), remote);
    await storage.reserve(SET);
    await storage.put(SET, 'postgres/app.dump', Readable.from([Buffer.from('x')]));
    await storage.put(SET, 'manifest.json', Readable.from([Buffer.from('{}')]));
    await storage.publish(SET);
    assert.deepEqual((await readdir(below(remote))).sort(), [SET]);
    await storage.remove(SET);
    assert.deepEqual(await readdir(below(remote)).catch(() => []), []);
  });

  test('a program that is missing is "tool-missing" and says how to get it', async () => {
    const storage = await open(place(), newRemote(), { program: '/nonexistent/rclone' });
    const wanted = { code: 'tool-missing', detail: /ENOENT/, hint: /apt-get install rclone.*BACKUP_RCLONE_PROGRAM/ };
    await assert.rejects(storage.entries(), wanted);
    await assert.rejects(storage.reserve(SET), wanted);
    await assert.rejects(storage.freeBytes(), wanted);
  });

  test('a remote that the config does not have is "settings", a closed one "unreachable"', async () => {
    await assert.rejects((await open(place(), 'nobox:x')).entries(), { code: 'settings', detail: /config file/ });
    const lines = ['type = webdav', 'url = http://127.0.0.1:1/', 'vendor = other'];
    const closed = await makePlace(() => lines);
    try {
      await assert.rejects((await open(closed, 'box:x')).entries(), { code: 'unreachable', detail: /refused/ });
    } finally {
      await rm(closed.folder, { recursive: true });
    }
  });

  test('a remote with its settings in its name is refused, for they would stand on a command line', async () => {
    for (const remote of [':s3,access_key_id=x:bucket', 'box,user=x:path', '/a/folder', 'box']) {
      await assert.rejects(open(place(), remote), (error: Error) => {
        assert.ok(!error.message.includes(remote));
        return (error as { code?: string }).code === 'settings';
      });
    }
  });
}

/** Kills the rclone that writes one object, once it is there. */
async function killRcat(target: string): Promise<void> {
  for (;;) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      // Gone between the listing and the look.
      const words = execFileSync('sh', ['-c', `tr '\\0' ' ' < /proc/${pid}/cmdline || true`], { stdio: 'pipe' });
      if (!words.includes(`rcat ${target}`)) continue;
      await sleep(200);
      process.kill(Number(pid), 'SIGKILL');
      return;
    }
    await sleep(20);
  }
}

describe('rclone with S3 as its remote', { skip }, () => {
  let minio: Minio;
  let place: Place;
  before(async () => {
    minio = await startMinio();
    place = await makePlace(() => [
      'type = s3',
      'provider = Minio',
      `endpoint = ${minio.endpoint}`,
      `access_key_id = ${minio.accessKeyId}`,
      `secret_access_key = ${minio.secretAccessKey}`,
    ]);
    rclone(place, 'mkdir', 'box:holdfast');
  });
  after(async () => {
    await rm(place.folder, { recursive: true });
    await minio.stop();
  });

  storageContract('rclone on S3', async () => await open(place, newRemote()));

  test('a source that breaks leaves no object and no unfinished upload', async () => {
    const storage = await open(place, newRemote());
    await storage.reserve(SET);
    await assert.rejects(storage.put(SET, 'postgres/app.dump', breaking()), { detail: 'pg_dump died' });
    assert.deepEqual(await storage.objects(SET, UNFINISHED), []);
    const { holdfast } = JSON.parse(rclone(place, 'backend', 'list-multipart-uploads', 'box:holdfast'));
    assert.deepEqual(holdfast ?? [], []);
  });
});
