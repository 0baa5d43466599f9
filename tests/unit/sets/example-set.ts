import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import type { Context } from '../../../scripts/common/context.ts';
import type { Manifest, ManifestSource } from '../../../scripts/sets/manifest.ts';
import { type FinishOptions, openSetWriter, type SetFacts } from '../../../scripts/sets/writer.ts';
import { localStorage } from '../../../scripts/storage/local.ts';
import type { Storage } from '../../../scripts/storage/storage.ts';

/** A context that tells nobody. */
export const quiet: Context = { signal: new AbortController().signal, report: () => undefined };

/** A folder that is gone after the test. */
export async function temporaryFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sets-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A storage in a folder that is gone after the test. */
export async function temporaryStorage(test: TestContext): Promise<Storage & { folder: string }> {
  const folder = join(await temporaryFolder(test), 'backups');
  return { ...localStorage({ folder }), folder };
}

/** Knows the files that older scripts wrote, like the datastores do. */
export function sourceOfFile(folder: string, fileName: string): string | undefined {
  if (folder === 'postgres' && fileName === 'globals.sql') return fileName;
  const ending = { postgres: '.dump', mongo: '.archive.gz' }[folder];
  return ending !== undefined && fileName.endsWith(ending) ? fileName.slice(0, -ending.length) : undefined;
}

/** Facts of a source without artifacts. */
export function exampleSource(kind: string, name: string): ManifestSource {
  return {
    kind,
    name,
    server: 'default',
    engine: 'podman',
    engineVersion: '5.4.2',
    serverVersion: '18.1',
    tools: { pg_dump: '18.1' },
    consistency: 'snapshot',
    startedAt: '2026-05-07T15:36:01.000Z',
    finishedAt: '2026-05-07T15:36:09.000Z',
    fingerprint: { counts: { 'public.users': 3 }, indexes: { 'public.users': ['users_pkey'] } },
    details: { owner: 'app', encoding: 'UTF8' },
    warnings: [],
    artifacts: [],
  };
}

/** Facts of a set without sources. */
export function exampleFacts(changes: Partial<SetFacts> = {}): SetFacts {
  return {
    createdAt: '2026-05-07T15:36:01.000Z',
    finishedAt: '2026-05-07T15:36:10.000Z',
    environment: 'shop',
    host: 'laptop',
    holdfastVersion: '0.1.0',
    sources: [],
    skipped: [],
    failed: [],
    ...changes,
  };
}

/** Writes a small set the way the backup command does, and gives its manifest. */
export async function writeExampleSet(
  storage: Storage,
  at = new Date('2026-05-07T15:36:01Z'),
  changes: Partial<SetFacts> = {},
  finishing: Partial<FinishOptions> = {},
): Promise<{ name: string; manifest: Manifest; manifestSha256: string }> {
  const writer = await openSetWriter(storage, at);
  const sources: ManifestSource[] = [];
  for (const [kind, name, file] of [
    ['postgres', 'app', 'app.dump'],
    ['mongo', 'shop', 'shop.archive.gz'],
  ] as const) {
    const group = writer.group(kind);
    await pipeline([Buffer.from(`the bytes of ${name}`)], group.sink(file, { compression: 'none' }));
    sources.push({ ...exampleSource(kind, name), artifacts: group.artifacts() });
  }
  const facts = exampleFacts({ createdAt: at.toISOString(), sources, ...changes });
  return { name: writer.name, ...(await writer.finish(facts, { guide: () => 'How to restore\n', ...finishing })) };
}
