import { Failure } from '../common/failure.ts';
import type { RetentionPolicy } from '../common/policy.ts';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { openStorage } from '../storage/index.ts';
import type { Storage } from '../storage/storage.ts';

/** One place where sets go, under the name that people call it. */
export interface Destination {
  readonly name: string;
  /** Its failures have the step "store", so that they are not taken for those of a source. */
  readonly storage: Storage;
  /** Which sets are kept there. */
  readonly retention: RetentionPolicy;
}

/** Opens every storage of the settings, in their order. Connects to nothing. */
export async function openDestinations(config: Config, environment: Environment): Promise<Destination[]> {
  return await Promise.all(
    config.storages.map(async (choice) => {
      const storage = await openStorage(choice, { folder: config.folder, environment, bandwidth: config.bandwidth });
      return destinationOf(choice.name, storage, choice.retention ?? config.retention);
    }),
  );
}

/** A storage that takes sets, its failures marked as its own. */
export function destinationOf(name: string, storage: Storage, retention: RetentionPolicy): Destination {
  return { name, storage: markFailures(storage), retention };
}

/**
 * The one that a person names with --from, else the first. Throws Failure "usage".
 */
export function chooseDestination(destinations: readonly Destination[], name: string | undefined): Destination {
  const found = name === undefined ? destinations[0] : destinations.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = destinations.map((one) => `"${one.name}"`).join(', ');
  throw new Failure('usage', { message: `found no storage "${name}", expected one of ${known}` });
}

/** Those that a person names with commas between them, else all. Throws Failure "usage". */
export function chooseDestinations(destinations: readonly Destination[], names: string | undefined): Destination[] {
  if (names === undefined) return [...destinations];
  return [...new Set(names.split(',').map((name) => chooseDestination(destinations, name.trim())))];
}

/** Those that a backup is written to first: a folder of this machine is the fastest, and others can be filled from it. */
export function inOrderOfWriting(destinations: readonly Destination[]): Destination[] {
  return destinations.toSorted((one, other) => Number(isRemote(one.storage)) - Number(isRemote(other.storage)));
}

/** True for a storage that is not a folder of this machine. */
export function isRemote({ lockFolder }: Storage): boolean {
  return lockFolder === undefined;
}

/** The step of every failure of a storage. */
export const STORE = 'store';

/** Did a storage fail, and not what was to be stored? */
export function isOfStorage(error: unknown): error is Failure {
  return error instanceof Failure && error.step === STORE;
}

function markFailures(storage: Storage): Storage {
  const marked = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof Failure ? error.at({ step: STORE }) : error;
    }
  };
  return {
    ...storage,
    reserve: (...given) => marked(storage.reserve(...given)),
    put: async (...given) => {
      try {
        return await storage.put(...given);
      } catch (error) {
        // A body that broke by itself is the failure of its source.
        if (error === given[2].errored || !(error instanceof Failure)) throw error;
        throw error.at({ step: STORE });
      }
    },
    publish: (...given) => marked(storage.publish(...given)),
    discard: (...given) => marked(storage.discard(...given)),
    add: (...given) => marked(storage.add(...given)),
    entries: (...given) => marked(storage.entries(...given)),
    objects: (...given) => marked(storage.objects(...given)),
    remove: (...given) => marked(storage.remove(...given)),
    sweep: (...given) => marked(storage.sweep(...given)),
  };
}
