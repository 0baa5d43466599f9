/**
 * A real docker daemon of the test's own: private socket, data folder and bridge, so that it
 * neither meets nor disturbs one that the machine runs.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from './cache.ts';
import { containerCli } from './container-cli.ts';
import { installPrograms, missingForPackages } from './host.ts';
import { run, works } from './run.ts';

export interface Dockerd {
  /** What DOCKER_HOST must hold. */
  readonly dockerHost: string;
  /** Removes all of its containers, ends the daemon, and takes bridge and data away. */
  stop(): Promise<void>;
}

/** Daemon number N has the folder holdfast-dockerd-N, the bridge holdfastN and the network 10.213.N.0/24. */
const folderPrefix = 'holdfast-dockerd-';
const bridgeOf = (number: number) => `holdfast${number}`;
const folderOf = (number: number) => join(tmpdir(), `${folderPrefix}${number}`);

/** Starts dockerd as root on Debian, installing it when there is none. Throws with what is missing otherwise. */
export async function startDockerd(): Promise<Dockerd> {
  const lacks = (await missingForPackages()).filter((what) => !what.startsWith('Go'));
  if (lacks.length > 0) throw new Error(`no docker daemon of our own can be started; missing: ${lacks.join(', ')}`);
  await installPrograms({ dockerd: 'docker.io', docker: 'docker.io', iptables: 'iptables', runc: 'runc' });
  return withLock('dockerd', async () => {
    await removeDeadDaemons();
    const number = await takeNumber();
    const dockerHost = `unix://${folderOf(number)}/docker.sock`;
    const daemon = launch(number, dockerHost);
    const stop = () => stopDaemon(daemon, number, dockerHost);
    try {
      await once(daemon, 'spawn');
      await waitForDaemon(daemon, number, dockerHost);
    } catch (error) {
      await stop();
      throw error;
    }
    return { dockerHost, stop };
  });
}

function launch(number: number, dockerHost: string): ChildProcess {
  const folder = folderOf(number);
  const log = openSync(join(folder, 'log'), 'w');
  // ends with us, whichever way we end; "TERM" lets it stop its containers first
  const args = ['--pdeathsig', 'TERM', 'dockerd', '--host', dockerHost, '--bridge', bridgeOf(number)];
  args.push('--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'));
  // the default limits are above what may be set on the machines of our CI
  args.push('--default-ulimit', 'nofile=4096:4096');
  const daemon = spawn('setpriv', args, { stdio: ['ignore', log, log] });
  closeSync(log);
  return daemon;
}

async function stopDaemon(daemon: ChildProcess, number: number, dockerHost: string): Promise<void> {
  const cli = containerCli('docker', dockerHost);
  const ids = (await cli.run(['ps', '-aq']).catch(() => '')).split('\n').filter(Boolean);
  if (ids.length > 0) await cli.run(['rm', '-f', '-v', ...ids]).catch(() => '');
  if (daemon.pid && daemon.exitCode === null && daemon.signalCode === null) {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  }
  await removeTraces(number);
}

async function removeTraces(number: number): Promise<void> {
  await run('ip', ['link', 'delete', bridgeOf(number)]).catch(() => '');
  await rm(folderOf(number), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Takes away what daemons left whose test was killed. */
async function removeDeadDaemons(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const number = name.startsWith(folderPrefix) ? Number(name.slice(folderPrefix.length)) : Number.NaN;
    if (!Number.isInteger(number)) continue;
    const pid = (await readFile(join(folderOf(number), 'pid'), 'utf8').catch(() => '')).trim();
    if (!pid || !existsSync(`/proc/${pid}`)) await removeTraces(number);
  }
}

/** The first number whose folder and bridge are free; makes both. */
async function takeNumber(): Promise<number> {
  for (let number = 1; number < 50; number += 1) {
    const bridge = bridgeOf(number);
    if (existsSync(folderOf(number)) || !(await works('ip', ['link', 'add', bridge, 'type', 'bridge']))) continue;
    await mkdir(folderOf(number), { mode: 0o700 });
    await run('ip', ['address', 'add', `10.213.${number}.1/24`, 'dev', bridge]);
    await run('ip', ['link', 'set', bridge, 'up']);
    return number;
  }
  throw new Error('could not make a network bridge for dockerd');
}

async function waitForDaemon(daemon: ChildProcess, number: number, dockerHost: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && daemon.exitCode === null; await sleep(200)) {
    if (await works('docker', ['info'], { env: { DOCKER_HOST: dockerHost } })) return;
  }
  const words = await readFile(join(folderOf(number), 'log'), 'utf8').catch(() => '');
  throw new Error(`dockerd does not answer; its log ends with:\n${words.slice(-1500)}`);
}
