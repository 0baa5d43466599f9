import { Failure } from '../common/failure.ts';
import { startChild } from './child.ts';
import { askClient, type Client } from './client.ts';
import { commandEnvironment } from './command-environment.ts';
import type { CallOptions, ImageFacts, Lab, Service, ThrowawayOrder } from './engine.ts';
import { requireAlone } from './isolation.ts';
import { isThrowaway, THROWAWAY_LABEL } from './throwaway.ts';

/** Getting an image may take a long line; in milliseconds. */
const PULL_PATIENCE = 30 * 60 * 1000;
/** A server that sorts with several processes shares memory between them; the engines' own 64 MB are soon full. */
const SHARED_MEMORY = '256m';
/** The words of both clients for an image that they do not hold. */
const NO_IMAGE = /no such image|image not known/i;
/** Their words for a container that is not there. */
const NO_CONTAINER = /no such (container|object)|no container with/i;

/** Throw-away containers of docker or podman; see Lab. `list`: all containers. */
export function containerLab(client: Client, list: (options: CallOptions) => Promise<Service[]>): Lab {
  return {
    image: (name, options = {}) => inspectImage(client, name, options),
    pull: (name, options = {}) => pullImage(client, name, options),
    start: (order) => startAlone(client, order),
    remove: (service) => removeThrowaway(client, service),
    lastWords: (service) => lastWords(client, service),
    throwaways: async (options = {}) => (await list(options)).filter(isThrowaway),
  };
}

async function inspectImage(client: Client, name: string, options: CallOptions): Promise<ImageFacts | undefined> {
  try {
    const text = await askClient(client, ['image', 'inspect', '--format', '{{json .Config.Cmd}}', name], options);
    const command: unknown = JSON.parse(text);
    return { command: Array.isArray(command) ? command.map(String) : [] };
  } catch (error) {
    if (error instanceof Failure && NO_IMAGE.test(error.detail ?? '')) return undefined;
    throw error;
  }
}

async function pullImage(client: Client, name: string, options: CallOptions): Promise<void> {
  try {
    await askClient(client, ['pull', '-q', name], { timeoutMs: PULL_PATIENCE, ...options });
  } catch (error) {
    // Whatever the engine says of a registry (refused, unknown host) is about the registry, not about the engine.
    if (!(error instanceof Failure) || error.code === 'interrupted' || error.code === 'tool-missing') throw error;
    throw new Failure('not-found', { message: `the image "${name}" cannot be had`, detail: error.detail });
  }
}

async function startAlone(client: Client, order: ThrowawayOrder): Promise<string> {
  const values = commandEnvironment({ argv: ['sh'], env: order.env }, true);
  const labels = Object.entries({ ...order.labels, [THROWAWAY_LABEL]: order.name });
  const argv = [
    ...['run', '-d', '--pull', 'never', '--network', 'none', '--shm-size', SHARED_MEMORY, '--name', order.name],
    ...labels.flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...Object.keys(values).flatMap((name) => ['-e', name]),
    order.image,
    ...(order.argv ?? []),
  ];
  try {
    const told = await askClient({ ...client, environment: { ...client.environment, ...values } }, argv);
    await requireOwn(client, order.name);
    return told.trim().split('\n').at(-1) ?? order.name;
  } catch (error) {
    // The first failure is the one to tell; what could not be removed is found by the next drill.
    await removeThrowaway(client, order.name).catch(() => undefined);
    throw error;
  }
}

/** Compares it with every other container there is; one that goes away meanwhile makes the engine fail: then once more. */
async function requireOwn(client: Client, name: string, tries = 3): Promise<void> {
  const ids = (await askClient(client, ['ps', '-a', '-q', '--no-trunc'])).split('\n').filter(Boolean);
  try {
    requireAlone(client.name, name, await askClient(client, ['inspect', '--type', 'container', ...ids]));
  } catch (error) {
    if (tries <= 1 || !(error instanceof Failure) || !NO_CONTAINER.test(error.detail ?? '')) throw error;
    await requireOwn(client, name, tries - 1);
  }
}

async function removeThrowaway(client: Client, service: string): Promise<void> {
  try {
    const format = `{{index .Config.Labels "${THROWAWAY_LABEL}"}}`;
    const label = (await askClient(client, ['inspect', '--type', 'container', '--format', format, service])).trim();
    if (label === '' || label === '<no value>') {
      throw new Failure('refused', { message: `the container "${service}" is no throw-away one: it is left alone` });
    }
    // Nothing in it is worth an orderly end. podman would wait ten seconds for one; docker has no such flag and does not.
    const atOnce = client.name === 'podman' ? ['-t', '0'] : [];
    await askClient(client, ['rm', '-f', '-v', ...atOnce, service]);
  } catch (error) {
    if (!(error instanceof Failure) || !NO_CONTAINER.test(error.detail ?? '')) throw error;
  }
}

/** What it wrote to its standard output, then what to its standard error. */
async function lastWords(client: Client, service: string): Promise<string> {
  const child = startChild([client.program, 'logs', '--tail', '20', service], client.environment);
  child.stdin.end();
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const { stderr } = await child.ended;
  return `${Buffer.concat(chunks).toString()}${stderr}`.trim();
}
