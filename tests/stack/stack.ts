#!/usr/bin/env node
/**
 * Real servers for tests, demo and bench. As a program:
 *   node tests/stack/stack.ts up|down|status|env [--only postgres,mongo] [--engine podman|docker]
 * As a module: startStack() and attach(). README.md beside this file tells the rest.
 */
import { parseArgs } from 'node:util';
import { withLock } from './cache.ts';
import type { ContainerCli, EngineName } from './container-cli.ts';
import { containerCli, engineWorks, parseEngine } from './container-cli.ts';
import type { Place, Server } from './containers.ts';
import { isRunning, removeContainer, removeContainers, startServer } from './containers.ts';
import type { Service, ServiceName } from './services.ts';
import { parseServices, services, usualServices, withPassword } from './services.ts';
import { environmentLines, statusLines } from './show.ts';
import { forgetServers, readState, rememberServers, stateFile } from './state.ts';
import type { Way } from './way.ts';
import { chooseWay, provideImage } from './way.ts';

export type { Server } from './containers.ts';
export type { ServiceName } from './services.ts';

/** The running servers by service name. */
export type Stack<Name extends ServiceName = (typeof usualServices)[number]> = Readonly<Record<Name, Server>> & {
  /** What another process gets as HOLDFAST_STACK_STATE to attach to these servers. */
  readonly stateFile: string;
  /** Ends those that this call has started. */
  stop(): Promise<void>;
};

export interface StackOptions<Name extends ServiceName> {
  services?: readonly Name[];
  engine?: EngineName;
  /** Another docker daemon than the usual one; startDockerd() gives it. */
  dockerHost?: string;
  /** First part of the containers' names. Default: HOLDFAST_STACK_PROJECT, else "holdfast-stack". */
  project?: string;
  /** Where compose would have been called: its label on the containers. Default: the top folder of this checkout. */
  workingFolder?: string;
  /** Another password than the usual one, for a project that always uses the same. */
  password?: string;
  /** Is told what takes long. */
  say?: (text: string) => void;
}

const usualProject = process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-stack';

const usualStateFile = () => process.env.HOLDFAST_STACK_STATE ?? stateFile(usualProject);

/** Brings servers up, reusing those that run already, and returns when each has answered a query. */
export async function startStack<Name extends ServiceName = (typeof usualServices)[number]>(
  options: StackOptions<Name> = {},
): Promise<Stack<Name>> {
  const { project = usualProject, workingFolder, password, say = () => {} } = options;
  const names = options.services ?? (usualServices as readonly ServiceName[] as readonly Name[]);
  const { way, cli } = await wayAndEngine(options);
  const results = await withLock(`up-${project}`, async () => {
    const place = { project, ...(workingFolder ? { workingFolder } : {}) };
    const wanted = names.map((name) => (password ? withPassword(services[name], password) : services[name]));
    const made = await Promise.all(wanted.map((service) => bringUp(way, cli, place, service, say)));
    await rememberServers(
      project,
      way,
      made.map(({ server }) => server),
    );
    return made;
  });
  const ours = results.filter(({ started }) => started).map(({ server }) => server.container);
  const stop = async () => {
    await Promise.all(ours.map((container) => removeContainer(cli, container)));
    await forgetServers(project, ours);
  };
  const byName = Object.fromEntries(results.map(({ server }) => [server.service, server]));
  return { ...(byName as Record<Name, Server>), stateFile: stateFile(project), stop };
}

/** The servers that are up already, by the state file of HOLDFAST_STACK_STATE or of the usual project. */
export async function attach<Name extends ServiceName = (typeof usualServices)[number]>(
  names: readonly Name[] = usualServices as readonly ServiceName[] as readonly Name[],
): Promise<Stack<Name>> {
  const file = usualStateFile();
  const state = await readState(file);
  if (!state) throw new Error(`no servers are up (no "${file}"): node tests/stack/stack.ts up`);
  const find = async (name: Name) => {
    const server = state.servers.find(({ service }) => service === name);
    if (!server || !(await isRunning(server)))
      throw new Error(`"${name}" is not up: node tests/stack/stack.ts up --only ${name}`);
    return [name, server] as const;
  };
  const found = await Promise.all(names.map(find));
  return { ...(Object.fromEntries(found) as Record<Name, Server>), stateFile: file, stop: async () => {} };
}

/** The stack that is up, else a new one; `stop()` then ends it. What most tests want. */
export async function attachOrStart<Name extends ServiceName = (typeof usualServices)[number]>(
  options: StackOptions<Name> = {},
): Promise<Stack<Name>> {
  return attach(options.services).catch(() => startStack(options));
}

/** Removes every container of the project, in every engine that works, and its state file. */
export async function stopStack(project = usualProject): Promise<void> {
  await withLock(`up-${project}`, async () => {
    for (const name of ['podman', 'docker'] as const) {
      if (await engineWorks(name)) await removeContainers(containerCli(name), project);
    }
    await forgetServers(project);
  });
}

async function wayAndEngine(options: StackOptions<ServiceName>): Promise<{ way: Way; cli: ContainerCli }> {
  if (!options.dockerHost) return chooseWay(options.engine);
  const { way } = await chooseWay();
  return { way, cli: containerCli('docker', options.dockerHost) };
}

async function bringUp(
  way: Way,
  cli: ContainerCli,
  place: Place,
  service: Service,
  say: (text: string) => void,
): Promise<{ server: Server; started: boolean }> {
  const image = await provideImage(way, cli, service, say);
  return startServer(cli, place, service, image);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, engine: { type: 'string' } },
  });
  const verb = positionals[0];
  if (verb === 'down') return stopStack();
  if (verb === 'up') {
    const only = values.only ? parseServices(values.only) : usualServices;
    const engine = values.engine ? { engine: parseEngine(values.engine) } : {};
    await startStack<ServiceName>({ services: only, ...engine, say: (text) => console.error(text) });
  } else if (verb !== 'status' && verb !== 'env') {
    throw new Error('usage: stack.ts up|down|status|env [--only postgres,postgres-old,mongo] [--engine podman|docker]');
  }
  const file = verb === 'up' ? stateFile(usualProject) : usualStateFile();
  const state = await readState(file);
  if (!state) throw new Error('no servers are up');
  console.log((verb === 'env' ? environmentLines(state, file) : statusLines(state, file)).join('\n'));
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
