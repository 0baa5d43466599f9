/** The state file: how a second process finds the servers that a first one has brought up. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import type { Server } from './containers.ts';
import type { Way } from './way.ts';

export interface StackState {
  readonly project: string;
  readonly way: Way;
  readonly servers: readonly Server[];
}

/** Where the state of a project lies. */
export function stateFile(project: string): string {
  return join(cacheFolder, `state-${project}.json`);
}

/** The servers that were brought up last, or null. They may have died since. */
export async function readState(file: string): Promise<StackState | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as StackState);
}

/** Adds servers to the state of their project; one of the same service takes the place of the former. */
export async function rememberServers(project: string, way: Way, servers: readonly Server[]): Promise<void> {
  const file = stateFile(project);
  const fresh = new Set(servers.map(({ service }) => service));
  const kept = (await readState(file))?.servers.filter(({ service }) => !fresh.has(service)) ?? [];
  await replaceFile(file, { project, way, servers: [...kept, ...servers] });
}

/** Forgets these containers, or all; the file goes with the last of them. */
export async function forgetServers(project: string, containers?: readonly string[]): Promise<void> {
  const file = stateFile(project);
  const state = await readState(file);
  const left = containers ? (state?.servers.filter(({ container }) => !containers.includes(container)) ?? []) : [];
  if (state && left.length > 0) await replaceFile(file, { ...state, servers: left });
  else await rm(file, { force: true });
}

/** Readable by the owner alone: it holds passwords. */
async function replaceFile(file: string, state: StackState): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
}
