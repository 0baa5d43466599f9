/**
 * Who runs on this machine and in its containers: with podman and docker on Linux the processes of a container show in
 * our own /proc, in a space of process numbers of their own.
 */
import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerCli } from '../stack/container-cli.ts';
import type { Server } from '../stack/stack.ts';

/** What these tests need and other systems lack; a text for `skip`, or false. */
export const needsLinux =
  process.platform === 'linux' ? false : 'the processes of containers show in /proc on Linux only';

/** The programs of the servers themselves; everything else in a container was started by somebody from outside. */
const OWN_PROGRAMS: Readonly<Record<Server['kind'], ReadonlySet<string>>> = {
  postgres: new Set(['postgres', 'docker-entrypoi']),
  mongo: new Set(['mongod', 'ferretdb', 'postgres', 'mongo-entry.sh', 'docker-entrypoi']),
  redis: new Set(['redis-server', 'valkey-server', 'docker-entrypoi']),
  influxdb: new Set(['influxd', 'entrypoint.sh']),
};

/** A process as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly name: string;
  /** Its arguments, joined by blanks. */
  readonly words: string;
}

/** Looks at some containers for what a run has left there. */
export interface Watch {
  /** Programs in the containers that are not the servers' own, sessions of theirs, and clients of the engine on this machine. */
  leftovers(): string[];
  /** Paths in the temporary folders of the containers whose name fits a pattern. */
  files(pattern: string): string[];
}

/** Must be made again when a container was restarted. */
export async function watchContainers(servers: readonly Server[]): Promise<Watch> {
  const spaces = await Promise.all(
    servers.map(async (server) => {
      const cli = containerCli(server.engine, server.dockerHost);
      const format = '{{.State.Pid}} {{.Id}}';
      const [pid = '', id = ''] = (await cli.run(['inspect', '--format', format, server.container])).trim().split(' ');
      return { server, id, pid, space: readlinkSync(`/proc/${pid}/ns/pid`) };
    }),
  );
  return {
    leftovers: () => allProcesses().flatMap((seen) => describe(seen, spaces)),
    // The files of a container, seen from outside.
    files: (pattern) => spaces.flatMap(({ pid }) => globSync(`/proc/${pid}/root/{tmp,var/tmp}/${pattern}`)),
  };
}

interface Space {
  readonly server: Server;
  readonly id: string;
  readonly space: string;
}

function describe(seen: Seen, spaces: readonly Space[]): string[] {
  const inside = spaceOf(seen.pid);
  const told = `${seen.name} (${seen.pid}): ${seen.words.slice(0, 120)}`;
  for (const { server, id, space } of spaces) {
    if (inside === space && isForeign(seen, server)) return [`in ${server.container}: ${told}`];
    const isClient = /^\S*(podman|docker) exec /.test(seen.words);
    if (isClient && (seen.words.includes(id) || seen.words.includes(server.container))) return [`here: ${told}`];
  }
  return [];
}

/** PostgreSQL writes user and database of a session into the arguments of its process. */
function isForeign({ name, words }: Seen, { kind, user }: Server): boolean {
  if (!OWN_PROGRAMS[kind].has(name)) return true;
  return kind === 'postgres' && words.startsWith(`postgres: ${user} `);
}

/** Every process that we may look at. */
export function allProcesses(): Seen[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return words === '' ? [] : [{ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), words }];
    } catch {
      // Ended since it was listed.
      return [];
    }
  });
}

function spaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

/** Waits until nothing is left, at most so many milliseconds; gives what still is, and how long it took. */
export async function untilGone(
  look: () => readonly string[],
  patience = 10_000,
): Promise<{ left: readonly string[]; took: number }> {
  const began = Date.now();
  let left = look();
  while (left.length > 0 && Date.now() - began < patience) {
    await sleep(50);
    left = look();
  }
  return { left, took: Date.now() - began };
}

/** Kills a process and everything below it at once, as the kernel does with a service that has no memory left. */
export function killTree(pid: number): void {
  const parents = new Map(allProcesses().map((seen) => [seen.pid, parentOf(seen.pid)]));
  const doomed = new Set([pid]);
  for (let before = 0; before !== doomed.size; ) {
    before = doomed.size;
    for (const [child, parent] of parents) if (doomed.has(parent)) doomed.add(child);
  }
  for (const one of doomed) kill(one);
}

/** SIGKILL; a process that is gone already is none to complain about. A negative number means a group. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}
