import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../common/failure.ts';
import type { Server, ServerAddress, StoredSource } from '../datastore.ts';
import type { PreparedRestore, RestoreStep, RestoreWish, TargetFacts } from '../restore.ts';
import { compareWith } from './compare.ts';
import { sumOf } from './fetch.ts';
import { refuseUnfit } from './prepare.ts';
import { scanSource } from './scan.ts';
import { reportOf } from './steps.ts';
import { entryName } from './write.ts';

/**
 * A folder of this machine in the place of a server: a drill without one. It proves that every object can be had from
 * the set, byte for byte; headers, metadata and tags are read, and no server has taken them.
 */
export function folderServer(address: ServerAddress): Server {
  const refuse = async (): Promise<never> => {
    throw new Failure('refused', { message: 'a drill of buckets has no server: it restores into a folder' });
  };
  return {
    address,
    version: 'folder',
    tools: {},
    plan: refuse,
    dump: refuse,
    target: (name) => targetFacts(name),
    prepare: async (source, wish) => prepareFolder(source, wish),
    exchange: refuse,
    generations: async () => [],
    removeGeneration: refuse,
    ask: async () => {
      throw new Failure('settings', { message: 'buckets cannot be asked: checks of a drill are for databases' });
    },
    identity: async () => undefined,
    drop: refuse,
    restoreObstacle: async () => undefined,
    close: async () => undefined,
  };
}

async function targetFacts(name: string): Promise<TargetFacts> {
  const exists = await stat(name).then(
    () => true,
    () => false,
  );
  return { name, exists, sizeBytes: 0, objects: 0, lastWrite: undefined, sessions: 0 };
}

function prepareFolder(source: StoredSource, wish: RestoreWish): PreparedRestore {
  refuseUnfit(wish);
  return {
    way: 'direct',
    reason: undefined,
    changes: [],
    warnings: [],
    steps: [extractStep(source, wish.target), compareStep(source, wish.target)],
    exchange: undefined,
    discard: async () => undefined,
  };
}

/** Files are called by their numbers, for keys are no paths. */
function extractStep(source: StoredSource, folder: string): RestoreStep {
  return {
    kind: 'restore',
    text: `write every object of "${source.name}" to a file in ${folder}`,
    live: false,
    run: async ({ signal }) => {
      await mkdir(folder, { mode: 0o700 });
      await scanSource(source, ({ place }, content) =>
        pipeline(content, createWriteStream(join(folder, entryName(place)), { mode: 0o600 }), { signal }),
      );
      return {};
    },
  };
}

function compareStep(source: StoredSource, folder: string): RestoreStep {
  return {
    kind: 'compare',
    text: `read every file in ${folder} back, and compare it with the index`,
    live: false,
    run: async ({ signal }) => {
      const find = ({ place }: { place: number }) => sumOf(createReadStream(join(folder, entryName(place))));
      return { report: reportOf(source.name, await compareWith(source, find, signal)) };
    },
  };
}
