import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { type ScannedBundle, scanBundle } from '../../sets/bundle/scan.ts';
import { type UnpackOptions, unpackBundle } from '../../sets/bundle/unpack.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { MANIFEST_FILE, type Manifest } from '../../sets/manifest.ts';
import { openFile } from '../../storage/local-read.ts';
import { openTemporarySets, type TemporarySets } from '../restore/temporary.ts';
import { catalogOf, type Workbench } from '../workbench.ts';
import type { GivenSet } from './given.ts';
import { type Stored, storeOlder, type Unpack } from './older-tarball.ts';

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
    const { set, notes } = await store(scanned, sets, unpack);
    report({ kind: 'done', source, bytes: scanned.files.reduce((sum, { bytes }) => sum + bytes, 0) });
    const bench = { ...opened, storage: { ...sets.storage, location: path } };
    return { bench, entry: resolveEntry(set, await catalogOf(bench)), notes, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function store(scanned: ScannedBundle, sets: TemporarySets, unpack: Unpack): Promise<Stored> {
  return scanned.manifest === undefined
    ? storeOlder(scanned, sets, unpack)
    : storeOurs(scanned.manifest, scanned.manifestBytes, sets, unpack);
}

async function storeOurs(
  manifest: Manifest,
  bytes: Buffer,
  { storage }: TemporarySets,
  unpack: Unpack,
): Promise<Stored> {
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
