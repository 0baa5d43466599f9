import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import { databaseIn, leftOutOf, parseOlderManifest, placeOf } from '../../sets/bundle/layouts.ts';
import { type ScannedBundle, scanBundle } from '../../sets/bundle/scan.ts';
import { type UnpackOptions, unpackBundle } from '../../sets/bundle/unpack.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { MANIFEST_FILE, type Manifest } from '../../sets/manifest.ts';
import { freeSetName } from '../../sets/name.ts';
import { openFile } from '../../storage/local-read.ts';
import type { Storage } from '../../storage/storage.ts';
import { openTemporarySets } from '../restore/temporary.ts';
import { catalogOf, type Workbench } from '../workbench.ts';
import type { GivenSet } from './given.ts';

/**
 * Opens a set that lies in one file, as `holdfast export` or an older system made it: looks at the whole of it without
 * writing anything, then unpacks it into a private folder, where it is a set like any other.
 */
export async function openArchive(opened: Workbench, path: string): Promise<GivenSet> {
  const { signal, report } = opened.context;
  const file = await realpath(path);
  const open = () => openFile(file, path, signal);
  const sets = await openTemporarySets('file');
  const dispose = sets[Symbol.asyncDispose];
  try {
    const source = basename(path);
    report({ kind: 'step', source, step: 'check' });
    const scanned = await scanBundle(open, { signal, requireRoom: (bytes) => sets.requireRoom(`"${path}"`, bytes) });
    report({ kind: 'step', source, step: 'unpack' });
    const unpack = (options: Omit<UnpackOptions, 'signal'>) => unpackBundle(open, scanned, { signal, ...options });
    const { set, notes } = await store(scanned, sets.storage, unpack);
    report({ kind: 'done', source, bytes: scanned.files.reduce((sum, { bytes }) => sum + bytes, 0) });
    const bench = { ...opened, storage: { ...sets.storage, location: path } };
    return { bench, entry: resolveEntry(set, await catalogOf(bench)), notes, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Stored {
  readonly set: string;
  readonly notes: readonly string[];
}

type Unpack = (options: Omit<UnpackOptions, 'signal'>) => Promise<void>;

function store(scanned: ScannedBundle, storage: Storage, unpack: Unpack): Promise<Stored> {
  return scanned.manifest === undefined
    ? storeOlder(scanned, storage, unpack)
    : storeOurs(scanned.manifest, scanned.manifestBytes, storage, unpack);
}

async function storeOurs(manifest: Manifest, bytes: Buffer, storage: Storage, unpack: Unpack): Promise<Stored> {
  const set = manifest.id;
  await storage.reserve(set);
  await unpack({
    placeOf: (path) => (path === MANIFEST_FILE ? undefined : path),
    put: async (path, body) => void (await storage.put(set, path, body)),
  });
  await storage.put(set, MANIFEST_FILE, Readable.from([bytes]));
  await storage.publish(set);
  return { set, notes: [] };
}

/** A tarball of an older system becomes a set without a manifest: it counts as stored, and is read to its end. */
async function storeOlder(scanned: ScannedBundle, storage: Storage, unpack: Unpack): Promise<Stored> {
  const manifest = parseOlderManifest(scanned.manifestBytes);
  const paths = scanned.files.map(({ path }) => path);
  const leftOut = leftOutOf(manifest, paths);
  const hasDatabase = paths.some((path) => path.startsWith('mongodb/'));
  if (!hasDatabase) throw nothingKnown(leftOut);
  const database = databaseIn(scanned.database);
  const set = freeSetName(new Date(manifest.createdAt), new Set());
  await storage.reserve(set);
  await unpack({
    placeOf: (path) => placeOf(path, database),
    put: async (path, body) => void (await storage.put(set, path, body)),
  });
  await storage.publish(set);
  const from = `a tarball of the environment "${manifest.environment}", made on "${manifest.host}"`;
  return { set, notes: [from, ...leftOut.map((name) => `not restored by this version: ${name}`)] };
}

function nothingKnown(leftOut: readonly string[]): Failure {
  const found = leftOut.map((name) => `"${name}"`).join(', ') || 'nothing';
  return new Failure('version', {
    message: `it holds nothing that this version restores; found ${found}`,
    step: 'check',
  });
}
