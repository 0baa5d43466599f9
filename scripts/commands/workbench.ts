import { createHash } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import type { Context, RunEvent } from '../common/context.ts';
import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { RetentionPolicy } from '../common/policy.ts';
import type { Config } from '../config/config.ts';
import { type Discovery, discoverServers, lookedText } from '../config/discover.ts';
import { processEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { allServerNames } from '../config/server-names.ts';
import { isServerKind, loadDatastore, sourceOfFile } from '../datastores/index.ts';
import { type CatalogEntry, readCatalog } from '../sets/catalog.ts';
import { openCatalogCache } from '../sets/catalog-cache.ts';
import { pinThatHolds } from '../sets/pin.ts';
import type { Storage } from '../storage/storage.ts';
import type { Screen } from '../ui/screen.ts';
import { chooseDestination, type Destination, isRemote, openDestinations } from './destinations.ts';
import { killedRestores, readJournals } from './restore/journal.ts';
import { wordKilled } from './restore/killed-words.ts';
import { stateFolder } from './state.ts';

/** What the command line gives every verb. */
export interface Room {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Of this Holdfast. */
  readonly version: string;
}

/** What every verb works with: the settings, the storages, the screen, the signal. */
export interface Workbench {
  readonly config: Config;
  /** All of them, in the order of the settings. */
  readonly destinations: readonly Destination[];
  /** The one that this verb works with, and which sets are kept there. */
  readonly storage: Storage;
  readonly retention: RetentionPolicy;
  readonly screen: Screen;
  readonly context: Context;
  /** Of this Holdfast. */
  readonly version: string;
}

/**
 * Reads the settings of the current folder and opens the storages they name. Connects to nothing. `from`: the name of
 * the storage to work with; the first one when it is missing.
 */
export async function openWorkbench(room: Room, from?: string): Promise<Workbench> {
  const environment = processEnvironment();
  const config = await loadConfig({ folder: process.cwd(), environment });
  const destinations = await openDestinations(config, environment);
  const { screen, signal, version } = room;
  const bench = {
    config,
    destinations,
    ...at(chooseDestination(destinations, from)),
    screen,
    version,
    context: { signal, report: (event: RunEvent) => screen.report(event) },
  };
  const killed = wordKilled(await killedRestores(await readJournals(bench, LOOKED_BACK)));
  if (killed.length > 0) screen.remark(...killed);
  return bench;
}

/** Every command looks at so many restores for one that was killed: it is told at once, and not years later. */
const LOOKED_BACK = 20;

/** What changes in a workbench when another storage is worked with. */
export function at({ storage, retention }: Destination): Pick<Workbench, 'storage' | 'retention'> {
  return { storage, retention };
}

/**
 * Everything that lies in the storage, with the pins that still hold. What was read of sets elsewhere is kept in the home
 * folder for the next time.
 */
export async function catalogOf(bench: Workbench): Promise<CatalogEntry[]> {
  const now = new Date();
  return (await readEntries(bench)).map((entry) => {
    if (entry.state !== 'complete' || entry.pin === undefined) return entry;
    const { pin, ...unpinned } = entry;
    const holding = pinThatHolds({ pin, time: entry.time }, now, bench.config.undoDays);
    return holding === undefined ? unpinned : entry;
  });
}

async function readEntries({ storage, context, config }: Workbench): Promise<CatalogEntry[]> {
  const { signal } = context;
  if (!isRemote(storage)) return await readCatalog(storage, sourceOfFile, { signal });
  const place = JSON.stringify([config.folder, storage.name, storage.location]);
  const name = createHash('sha256').update(place).digest('hex').slice(0, 16);
  const cache = await openCatalogCache(join(stateFolder(), 'catalog', `${name}.json`));
  return await readCatalog(storage, sourceOfFile, { signal, cache });
}

/**
 * Finds the servers of some kinds: those of the settings, else by discovery. Throws Failure "not-found" that tells
 * where it looked when there is none at all.
 */
export async function findServers(bench: Workbench, kinds: readonly Kind[]): Promise<Discovery> {
  const { allEngines } = await import('../engines/select.ts');
  const recognizers = await Promise.all(kinds.map(loadDatastore));
  const found = await discoverServers(
    allEngines(processEnvironment()),
    recognizers,
    bench.config,
    bench.context.signal,
  );
  if (!kinds.some(isServerKind) && found.servers.length === 0) throw nothingNamed(kinds);
  const failures = [...found.failures, ...missingKinds(bench, kinds, found)];
  if (found.servers.length + failures.length > 0) return { ...found, failures };
  const servers = allServerNames().filter(([kind]) => kinds.includes(kind));
  const settings = servers.flatMap(([, { container, url }]) => [container.variable, url.variable]);
  throw new Failure('not-found', {
    message: `found no running server of ${servers.map(([kind]) => kind).join(' or ') || 'any kind'}; ${lookedText(found.looked)}`,
    detail: found.looked.stopped.join('\n') || undefined,
    hint: `start the stack, or name the servers in .env (${settings.join(', ')})`,
  });
}

function nothingNamed(kinds: readonly Kind[]): Failure {
  const what = kinds.includes('files') ? 'folders or files' : 'secrets';
  const [name, key] = kinds.includes('files') ? ['BACKUP_FILES', 'files'] : ['BACKUP_SECRETS', 'secrets'];
  const hint = `name them in ${name}, or list them under "${key}" in holdfast.yaml`;
  return new Failure('not-found', { message: `the settings name no ${what}`, hint });
}

/** Databases that the settings name on a server that is not there are a failure: skipping them would hide the loss. */
function missingKinds({ config }: Workbench, kinds: readonly Kind[], found: Discovery): Discovery['failures'] {
  const known = new Set([...found.servers, ...found.failures].map(({ kind }) => kind));
  const missing = kinds.filter((kind) => config.databases[kind] !== undefined && !known.has(kind));
  return missing.map((kind) => ({
    kind,
    name: 'default',
    failure: new Failure('unreachable', {
      message: `the settings name databases of ${kind}, but no running server was found; ${lookedText(found.looked)}`,
      detail: found.looked.stopped.join('\n') || undefined,
    }),
  }));
}
