/** The processes of a test's OpenSSH server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DebTree } from './debs.ts';

/** The server process and the ones that it forks, one or two a connection. */
export class SshDaemon {
  readonly #programs: DebTree;
  readonly #config: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  constructor(programs: DebTree, config: string, port: number) {
    this.#programs = programs;
    this.#config = config;
    this.#port = port;
  }

  /** Starts it and waits until it answers. It dies with this process, whichever way that ends. */
  async start(): Promise<void> {
    const sshd = [this.#programs.program('usr/sbin/sshd'), '-D', '-e', '-f', this.#config];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...sshd], {
      env: { ...process.env, ...this.#programs.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-5000)));
    this.#child = child;
    for (let tries = 0; tries < 200; tries += 1) {
      if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${words}`);
      if (await answers(this.#port)) return;
      await sleep(25);
    }
    await this.kill();
    throw new Error(`sshd does not answer: ${words}`);
  }

  /** Kills it and every process that serves a connection. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const connections = await descendants(child.pid);
    for (const pid of [child.pid, ...connections]) end(pid, 'SIGKILL');
    await ended;
    for (const pid of connections) while (await isRunning(pid)) await sleep(5);
  }

  /** Sends a signal to the processes that serve connections. */
  async signalConnections(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await descendants(this.#child?.pid ?? 0)) end(pid, signal);
  }
}

/** One that has ended may wait in vain for somebody to take note of it. */
async function isRunning(pid: number): Promise<boolean> {
  const state = await stateOf(pid);
  return state !== undefined && state.letter !== 'Z';
}

/** The letter of a process's state and its parent, of /proc/<pid>/stat; undefined when it is gone. */
async function stateOf(pid: number | string): Promise<{ letter: string; parent: number } | undefined> {
  // Gone between the listing and the look.
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [letter, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return letter === undefined || parent === undefined ? undefined : { letter, parent: Number(parent) };
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** All processes that a process started, and those that they started. */
async function descendants(ancestor: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const state = /^\d+$/.test(name) ? await stateOf(name) : undefined;
    if (state !== undefined) parents.set(Number(name), state.parent);
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => done(true)).once('error', () => done(false));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
  });
}
