import process from 'node:process';
import type { Context } from '../common/context.ts';
import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { Config } from '../config/config.ts';
import { type Discovery, discoverServers, lookedText } from '../config/discover.ts';
import { processEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { loadDatastore, sourceOfFile } from '../datastores/index.ts';
import { type CatalogEntry, readCatalog } from '../sets/catalog.ts';
import { openStorage } from '../storage/index.ts';
import type { Storage } from '../storage/storage.ts';
import type { Screen } from '../ui/screen.ts';

/** What the command line gives every verb. */
export interface Room {
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** What every verb works with: the settings, the storage, the screen, the signal. */
export interface Workbench {
  readonly config: Config;
  readonly storage: Storage;
  readonly screen: Screen;
  readonly context: Context;
}

/** Reads the settings of the current folder and opens the storage they name. Connects to nothing. */
export async function openWorkbench(room: Room): Promise<Workbench> {
  const config = await loadConfig({ folder: process.cwd(), environment: processEnvironment() });
  const [settings] = config.storages;
  if (settings === undefined) throw new Failure('settings', { message: 'BACKUP_STORAGE names no storage' });
  const { screen, signal } = room;
  return {
    config,
    storage: await openStorage(settings),
    screen,
    context: { signal, report: (event) => screen.report(event) },
  };
}

/** Everything that lies in the storage. */
export function catalogOf({ storage, context }: Workbench): Promise<CatalogEntry[]> {
  return readCatalog(storage, sourceOfFile, { signal: context.signal });
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
  const failures = [...found.failures, ...missingKinds(bench, kinds, found)];
  if (found.servers.length + failures.length > 0) return { ...found, failures };
  throw new Failure('not-found', {
    message: `found no running server of ${kinds.join(' or ')}; ${lookedText(found.looked)}`,
    detail: found.looked.stopped.join('\n') || undefined,
    hint: 'start the stack, or name the servers in .env (POSTGRES_URL, MONGO_URL, POSTGRES_CONTAINER, MONGO_CONTAINER)',
  });
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
