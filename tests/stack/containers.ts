/** Starts, finds and removes the containers of a stack. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCli, EngineName } from './container-cli.ts';
import { containerCli, imageId } from './container-cli.ts';
import { RunError } from './run.ts';
import type { Service, ServiceName } from './services.ts';

/** All that a test needs to reach one server, by container or by TCP. */
export interface Server {
  readonly service: ServiceName;
  readonly kind: 'postgres' | 'mongo' | 'redis' | 'influxdb';
  readonly engine: EngineName;
  /** Set when the engine is not the machine's usual daemon. */
  readonly dockerHost?: string;
  readonly container: string;
  readonly image: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** User and password included, escaped. */
  readonly url: string;
}

/** What compose calls a project: a name, and the folder where compose was called (default: the top of this checkout). */
export interface Place {
  readonly project: string;
  readonly workingFolder?: string;
}

const topFolder = join(import.meta.dirname, '..', '..');
const folderLabel = 'com.docker.compose.project.working_dir';

/** The name that compose gives a container. */
export function containerName(project: string, service: ServiceName): string {
  return `${project}-${service}-1`;
}

/** Starts the server of a service, or takes the running one when it is of the same image. Returns once it answers. */
export async function startServer(
  cli: ContainerCli,
  place: Place,
  service: Service,
  image: string,
): Promise<{ server: Server; started: boolean }> {
  const container = containerName(place.project, service.name);
  const reusable = await isReusable(cli, container, image, place);
  if (!reusable) await createOnFreePort(cli, place, service, image);
  await waitUntilReady(cli, container, service);
  const published = await cli.run(['port', container, `${service.port}/tcp`]);
  const port = Number(published.trim().split('\n')[0]?.split(':').at(-1));
  return { server: describe(cli, service, container, image, port), started: !reusable };
}

/** True when the server's container runs. A state file outlives its servers, for instance after a reboot. */
export async function isRunning(server: Server): Promise<boolean> {
  const cli = containerCli(server.engine, server.dockerHost);
  const state = await cli.run(['inspect', '--format', '{{.State.Running}}', server.container]).catch(() => '');
  return state.trim() === 'true';
}

/** Removes every container of the project with its volumes, running or not. */
export async function removeContainers(cli: ContainerCli, project: string): Promise<void> {
  const label = `label=com.docker.compose.project=${project}`;
  const ids = (await cli.run(['ps', '-aq', '--filter', label])).split('\n').filter(Boolean);
  if (ids.length > 0) await cli.run(['rm', '-f', '-v', ...ids]);
}

/** Removes one container with its volumes; no error when there is none. */
export async function removeContainer(cli: ContainerCli, container: string): Promise<void> {
  await cli.run(['rm', '-f', '-v', container]).catch((error: unknown) => {
    if (!(error instanceof RunError) || !/no such container|no container with/i.test(error.stderr)) throw error;
  });
}

function describe(cli: ContainerCli, service: Service, container: string, image: string, port: number): Server {
  const { name, kind, user, password } = service;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const urls = {
    postgres: `postgres://${login}/shop`,
    mongo: `mongodb://${login}/?authSource=admin`,
    redis: `redis://${login}`,
    influxdb: `http://${login}`,
  };
  const dockerHost = cli.environment.DOCKER_HOST;
  return {
    service: name,
    kind,
    engine: cli.name,
    ...(dockerHost ? { dockerHost } : {}),
    container,
    image,
    host: '127.0.0.1',
    port,
    user,
    password,
    url: urls[kind],
  };
}

/** True for a running container of the same image; of the same folder as well where one was asked for. */
async function isReusable(cli: ContainerCli, container: string, image: string, place: Place): Promise<boolean> {
  const format = `{{.State.Running}}|{{.Image}}|{{ index .Config.Labels "${folderLabel}" }}`;
  const facts = await cli.run(['inspect', '--format', format, container]).catch(() => '');
  const [running, id, folder] = facts.trim().split('|');
  if (place.workingFolder && folder !== place.workingFolder) return false;
  return running === 'true' && id?.replace(/^sha256:/, '') === (await imageId(cli, image));
}

async function create(cli: ContainerCli, place: Place, service: Service, image: string): Promise<void> {
  const container = containerName(place.project, service.name);
  await removeContainer(cli, container);
  const labels = [
    ...['com.docker.compose', 'io.podman.compose'].flatMap((prefix) => [
      `${prefix}.project=${place.project}`,
      `${prefix}.service=${service.name}`,
    ]),
    'com.docker.compose.container-number=1',
    `${folderLabel}=${place.workingFolder ?? topFolder}`,
  ];
  const args = [
    'run',
    '-d',
    '--name',
    container,
    '--shm-size',
    '256m',
    // as in the official image, where docker's import cannot write it into ours
    ...(service.kind === 'postgres' ? ['--stop-signal', 'SIGINT'] : []),
    ...labels.flatMap((label) => ['--label', label]),
    // by name alone: the values come from our environment, since arguments can be read by everybody
    ...Object.keys(service.environment).flatMap((name) => ['-e', name]),
    // a port of our choosing, because one chosen by docker changes when the container restarts
    '-p',
    `127.0.0.1:${await freePort()}:${service.port}`,
    image,
    ...service.command,
  ];
  await cli.run(args, { env: { ...service.environment } });
}

/** Somebody else may take a free port between the look and the start. */
async function createOnFreePort(cli: ContainerCli, place: Place, service: Service, image: string): Promise<void> {
  for (let left = 5; ; left -= 1) {
    try {
      return await create(cli, place, service, image);
    } catch (error) {
      if (left === 0 || !(error instanceof RunError) || !/address already in use/i.test(error.stderr)) throw error;
    }
  }
}

/** A port that nobody listens on right now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function waitUntilReady(cli: ContainerCli, container: string, service: Service): Promise<void> {
  const end = Date.now() + 90_000;
  for (;;) {
    const said = await cli.run(['exec', container, ...service.ready], { timeout: 20_000 }).then(() => null, String);
    if (said === null) return;
    const running = await cli.run(['inspect', '--format', '{{.State.Running}}', container]).catch(() => 'gone');
    if (running.trim() !== 'true' || Date.now() > end) {
      const logs = await cli.run(['logs', '--tail', '20', container]).catch(String);
      throw new Error(`${service.name} in "${container}" does not answer: ${said}\nits log ends with:\n${logs}`);
    }
    await sleep(150);
  }
}
