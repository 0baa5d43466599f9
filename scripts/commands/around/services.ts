import process from 'node:process';
import type { Found } from '../../around/compose.ts';
import type { Containers } from '../../around/containers.ts';
import { ownPlace } from '../../around/own-container.ts';
import { type ChosenServices, chooseServices, type ServiceTools, serviceTools } from '../../around/services.ts';
import { toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import { KINDS, loadDatastore } from '../../datastores/index.ts';
import { isAbsent } from '../../engines/absent.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Connected } from '../servers.ts';
import type { Workbench } from '../workbench.ts';

/** The application services that the settings have stopped for a restore to these servers; changes nothing. */
export async function servicesAround(bench: Workbench, places: readonly Connected[]): Promise<ChosenServices> {
  const { config, context } = bench;
  const tools = await toolsOfMachine();
  return await chooseServices(config.around.services, () => look(bench, places, tools), tools, context.signal);
}

/** How services of this machine are stopped and started. */
export async function toolsOfMachine(): Promise<ServiceTools> {
  const { allEngines } = await import('../../engines/select.ts');
  return serviceTools(allEngines(processEnvironment()), process.getuid?.() ?? 0);
}

/**
 * The preset needs no more than the engines of the restored containers; a service that is named may be with any, of which
 * most machines have only one.
 */
async function look(bench: Workbench, places: readonly Connected[], { engines }: ServiceTools): Promise<Containers> {
  const { config, context } = bench;
  const inContainers = places.filter(({ address }) => address.service !== '');
  const near = new Set(inContainers.map(({ address }) => address.engine.name));
  const named = config.around.services.some(({ kind }) => kind === 'compose');
  const asked = engines.filter(({ name }) => near.has(name) || (named && isUsed(name, bench)));
  const lists = await Promise.all(asked.map((engine) => list(engine, near.has(engine.name), context.signal)));
  const datastores = await Promise.all(KINDS.map(loadDatastore));
  const seen = new Map<string, Found>();
  for (const found of lists.flat()) if (!seen.has(found.service.id)) seen.set(found.service.id, found);
  return {
    all: [...seen.values()],
    restored: inContainers.map(({ address }) => address.service),
    folder: config.folder,
    isServer: (service) => datastores.some((datastore) => datastore.recognizes(service)),
    own: await ownPlace(),
  };
}

function isUsed(name: string, { config }: Workbench): boolean {
  return name !== 'host' && (config.containerCommand === undefined || config.containerCommand === name);
}

async function list(engine: Engine, must: boolean, signal: AbortSignal): Promise<Found[]> {
  try {
    return (await engine.list({ signal })).map((service) => ({ engine, service }));
  } catch (error) {
    const failure = toFailure(error);
    if (must || !isAbsent(failure)) throw failure;
    return [];
  }
}
