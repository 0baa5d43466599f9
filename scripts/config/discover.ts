import { Failure, toFailure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { ServerAddress } from '../datastores/datastore.ts';
import { isAbsent } from '../engines/absent.ts';
import type { Engine, Service } from '../engines/engine.ts';
import { isThrowaway } from '../engines/throwaway.ts';
import { containerAddress, hostAddress } from './addresses.ts';
import { ambiguous, type Candidate, inFolder, isRunning, matching, withoutForeign } from './candidates.ts';
import type { Config, ServerSettings } from './config.ts';
import { serverNames } from './server-names.ts';

/** Knows the containers of one kind; a `Datastore` is one. */
export interface Recognizer {
  readonly kind: Kind;
  recognizes(service: Service): boolean;
}

/** What was looked at, so that "nothing found" can say where. */
export interface Looked {
  /** Every engine that was asked, with the number of its containers, or why it did not answer. */
  readonly engines: readonly { readonly name: string; readonly containers: number; readonly problem?: string }[];
  /** One sentence for each container that does not run, of the kinds of which no other was found. */
  readonly stopped: readonly string[];
}

/** The servers of a run. */
export interface Discovery {
  readonly servers: readonly ServerAddress[];
  /** Servers that the settings name and that are not there: the others can still be taken. */
  readonly failures: readonly { readonly kind: Kind; readonly name: string; readonly failure: Failure }[];
  readonly looked: Looked;
}

/** What discovery needs to know of the settings. */
export type DiscoveryConfig = Pick<
  Config,
  'folder' | 'containerCommand' | 'discover' | 'servers' | 'databases' | 'lockWaitSeconds' | 'sums'
>;

/**
 * Turns the settings into addresses, and looks for running containers of the kinds that the settings name no server of.
 * Uses nothing but the lists of the engines. Finding none is not an error.
 * Throws Failure "ambiguous" (several containers could be meant), "unreachable" or "tool-missing" (the engine of
 * CONTAINER_CMD), and "interrupted".
 */
export async function discoverServers(
  engines: readonly Engine[],
  recognizers: readonly Recognizer[],
  config: DiscoveryConfig,
  signal: AbortSignal,
): Promise<Discovery> {
  const named = config.servers.filter((server) => recognizers.some(({ kind }) => kind === server.kind));
  const open = recognizers.filter(({ kind }) => config.discover && !named.some((server) => server.kind === kind));
  const isAsked = open.length > 0 || named.some((server) => server.container !== undefined);
  const { candidates, asked } = isAsked ? await listAll(engines, config, signal) : { candidates: [], asked: [] };
  const resolved = named.map((server) => resolveServer(server, engines, candidates, asked, config));
  const eligible = withoutForeign(candidates, config.folder);
  const found = open.map((recognizer) => findServer(recognizer, eligible, config));
  const missing = open.filter((_, at) => found[at] === undefined);
  return {
    servers: [...resolved.filter(isAddress), ...found.filter((address) => address !== undefined)],
    failures: resolved.filter((outcome): outcome is Unresolved => !isAddress(outcome)),
    looked: { engines: asked, stopped: missing.flatMap((recognizer) => stoppedOnes(recognizer, eligible)) },
  };
}

/** "looked at podman (3 containers) and docker (not running: ...)", for a message that nothing was found. */
export function lookedText({ engines }: Looked): string {
  if (engines.length === 0) return 'no engine was asked';
  const words = engines.map(({ name, containers, problem }) => {
    const count = `${containers} ${containers === 1 ? 'container' : 'containers'}`;
    return `${name} (${problem ?? count})`;
  });
  return `looked at ${words.join(' and ')}`;
}

type Asked = Looked['engines'];

/**
 * All containers of all engines. A container that two engines show (docker as podman's other name, two sockets)
 * counts once, for the engine that comes first.
 */
async function listAll(
  engines: readonly Engine[],
  config: DiscoveryConfig,
  signal: AbortSignal,
): Promise<{ candidates: Candidate[]; asked: Asked }> {
  const chosen = engines.filter(
    ({ name }) => name !== 'host' && (config.containerCommand === undefined || name === config.containerCommand),
  );
  const lists = await Promise.all(chosen.map((engine) => listOne(engine, config, signal)));
  const seen = new Map<string, Candidate>();
  for (const { engine, services } of lists) {
    for (const service of services) if (!seen.has(service.id)) seen.set(service.id, { engine, service });
  }
  return { candidates: [...seen.values()], asked: lists.map(({ entry }) => entry) };
}

async function listOne(engine: Engine, config: DiscoveryConfig, signal: AbortSignal) {
  try {
    // The throw-away servers of a drill are nobody's: a backup must never take one for the live server.
    const services = (await engine.list({ signal })).filter((service) => !isThrowaway(service));
    return { engine, services, entry: { name: engine.name, containers: services.length } };
  } catch (error) {
    const failure = toFailure(error);
    // The one that was asked for by name must be there.
    if (!isAbsent(failure) || config.containerCommand !== undefined) throw failure;
    return { engine, services: [], entry: { name: engine.name, containers: 0, problem: failure.message } };
  }
}

function findServer(
  recognizer: Recognizer,
  candidates: readonly Candidate[],
  config: DiscoveryConfig,
): ServerAddress | undefined {
  const running = candidates.filter(({ service }) => isRunning(service) && recognizer.recognizes(service));
  const { kind } = recognizer;
  const near = running.length > 1 ? inFolder(running, config.folder) : running;
  if (near.length > 1) throw ambiguous(kind, near, `found ${near.length} ${kind} servers, expected one`);
  const [found] = near;
  if (found === undefined) return undefined;
  return containerAddress({ kind, name: 'default', databases: config.databases[kind] }, found, config);
}

function stoppedOnes(recognizer: Recognizer, candidates: readonly Candidate[]): string[] {
  return candidates
    .filter(({ service }) => !isRunning(service) && recognizer.recognizes(service))
    .map(({ service }) => `container "${service.name}" is there but ${service.state}: start it`);
}

type Unresolved = Discovery['failures'][number];

function isAddress(outcome: ServerAddress | Unresolved): outcome is ServerAddress {
  return 'engine' in outcome;
}

function resolveServer(
  server: ServerSettings,
  engines: readonly Engine[],
  candidates: readonly Candidate[],
  asked: Asked,
  config: DiscoveryConfig,
): ServerAddress | Unresolved {
  if (server.container === undefined) return hostAddress(server, engines, config);
  const found = matching(server.container, candidates, config.folder);
  if (found.length > 1) {
    throw ambiguous(server.kind, found, `"${server.container}" fits ${found.length} containers, expected one`);
  }
  const [candidate] = found;
  if (candidate !== undefined && isRunning(candidate.service)) return containerAddress(server, candidate, config);
  const { kind, name } = server;
  return { kind, name, failure: notThere(server, candidate, asked) };
}

function notThere({ kind, container }: ServerSettings, candidate: Candidate | undefined, asked: Asked): Failure {
  if (candidate === undefined) {
    const looked = lookedText({ engines: asked, stopped: [] });
    const names = serverNames(kind);
    const setting = names === undefined ? '' : `${names.container.variable} in .env, or `;
    const hint = `correct ${setting}the container in holdfast.yaml`;
    return new Failure('not-found', { message: `there is no container "${container}"; ${looked}`, hint });
  }
  const { engine, service } = candidate;
  const message = `container "${service.name}" is there but ${service.state}`;
  return new Failure('unreachable', { message, hint: `${engine.name} start ${service.name}` });
}
