/** Servers of the tests that are plain processes of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds until a server must answer. */
const START_TIME = 30_000;

/** A server that runs, with a folder of its own. */
export interface Daemon {
  readonly pid: number;
  readonly folder: string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** How a server is started. */
export interface DaemonOptions {
  readonly program: string;
  readonly args: (folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Does it answer? */
  readonly isReady: () => Promise<boolean>;
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a server and waits until it answers. It dies with this process, whichever way that ends. */
export async function startDaemon({ program, args, env, isReady }: DaemonOptions): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-server-'));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args(folder)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-5000)));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      // Else this process may end before the folder is gone: nothing else keeps it.
      child.ref();
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (const began = Date.now(); !(await isReady()); await setTimeout(50)) {
    if (child.exitCode === null && Date.now() - began < START_TIME) continue;
    await stop();
    throw new Error(`"${program}" does not answer: ${said}`);
  }
  // A test process must be able to end while a forgotten server runs; it then dies with it.
  child.unref();
  return { pid: child.pid ?? 0, folder, stop };
}

/** Does this address answer with a good status? */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not yet.
    return false;
  }
}
