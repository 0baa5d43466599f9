import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type SshServer, startSshd, whyNoSshd } from '../stack/sshd.ts';
import { megabytes, newFolder, openSftp, SET } from './sftp-storage.ts';

const GIGABYTE = 1024;

describe('sftp with a gigabyte', { skip: whyNoSshd() ?? false }, () => {
  let server: SshServer;
  before(async () => {
    server = await startSshd();
  });
  after(async () => await server.stop());

  test('a put and a get take a bounded amount of memory', async (context) => {
    const storage = await openSftp(server);
    await storage.reserve(SET);
    const peak = watchMemory();
    const began = performance.now();
    await storage.put(SET, 'a', megabytes(GIGABYTE));
    const put = performance.now();
    let bytes = 0;
    for await (const chunk of await storage.get(SET, 'a', { unfinished: true })) bytes += (chunk as Buffer).length;
    const got = performance.now();
    await storage.remove(SET, { unfinished: true });
    assert.equal(bytes, GIGABYTE * 1024 * 1024);
    const megabytesMore = peak();
    context.diagnostic(`put ${speed(put - began)}, get ${speed(got - put)}, ${megabytesMore} MB more than before`);
    assert.ok(megabytesMore < 200, `${megabytesMore} MB more than before`);
  });

  test('its speed beside the sftp program is told', async (context) => {
    const file = join(server.scratch, 'gigabyte');
    await writeFile(file, megabytes(GIGABYTE));
    const began = performance.now();
    runSftp(server, `put ${file} ${server.folder}/gigabyte\n`);
    context.diagnostic(`sftp program: put ${speed(performance.now() - began)}`);
    await rm(file);
    await rm(join(server.root, 'gigabyte'));
  });

  test('a process that has done its work ends by itself, soon', async () => {
    const script = join(server.scratch, 'list.ts');
    const settings = {
      host: server.host,
      port: server.port,
      user: server.user,
      folder: newFolder(server),
      key: server.keys.plain,
      knownHosts: server.knownHosts,
    };
    const member = pathToFileURL(join(import.meta.dirname, '../../scripts/storage/members/sftp.ts'));
    const lines = [
      `import { member } from ${JSON.stringify(member.href)};`,
      `const storage = await member.open(${JSON.stringify(settings)}, { name: 'sftp', environment: {}, folder: '/' });`,
      `console.log((await storage.entries()).length);`,
      `const began = performance.now();`,
      `process.on('exit', () => console.log(Math.round(performance.now() - began)));`,
    ];
    await writeFile(script, lines.join('\n'));
    const [entries, milliseconds] = execFileSync(process.execPath, [script], { timeout: 30_000 })
      .toString()
      .split('\n');
    assert.equal(entries, '0');
    assert.ok(Number(milliseconds) < 2000, `${milliseconds} ms`);
  });
});

/** Gives, when asked, by how many megabytes the memory of this process was larger than now at its peak. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return Math.round((peak - before) / 1024 / 1024);
  };
}

function speed(milliseconds: number): string {
  return `${Math.round((GIGABYTE / milliseconds) * 1000)} MB/s`;
}

function runSftp({ programs, port, user, keys, knownHosts }: SshServer, input: string): void {
  const options = [
    '-o',
    `UserKnownHostsFile=${knownHosts}`,
    '-o',
    'IdentitiesOnly=yes',
    '-S',
    programs.program('usr/bin/ssh'),
  ];
  const words = ['-q', '-P', `${port}`, '-i', keys.plain, ...options, '-b', '-', `${user}@127.0.0.1`];
  execFileSync(programs.program('usr/bin/sftp'), words, {
    env: { ...process.env, ...programs.environment },
    input,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}
