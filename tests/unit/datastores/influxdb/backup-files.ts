/** Makes artifacts as a backup of InfluxDB writes them, whole ones and others. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { StoredSource } from '../../../../scripts/datastores/datastore.ts';

/** The files of a backup by name; a test changes them before they are archived. */
export type Files = Map<string, Buffer>;

/** Two shards of database "shop", their metadata and the manifest, in the shapes of `influxd backup -portable`. */
export function backupFiles(): Files {
  const stamp = '20261122T054545Z';
  const shards = [2, 3].map((id) => ({ id, plain: Buffer.alloc(2048, id), name: `${stamp}.s${id}.tar.gz` }));
  const files = shards.map(({ id, plain, name }) => ({
    ...{ database: 'shop', policy: 'autogen', shardID: id, fileName: name, size: plain.length, lastModified: 0 },
  }));
  const manifest = { meta: { fileName: `${stamp}.meta`, size: 160 }, limited: false, files };
  return new Map([
    ...shards.map(({ name, plain }) => [name, gzipSync(plain)] as const),
    [`${stamp}.meta`, Buffer.alloc(165, 7)],
    [`${stamp}.manifest`, Buffer.from(JSON.stringify(manifest))],
  ]);
}

/** A change of the manifest. */
export function changeManifest(files: Files, change: (text: string) => string): void {
  const name = [...files.keys()].find((one) => one.endsWith('.manifest')) as string;
  files.set(name, Buffer.from(change((files.get(name) as Buffer).toString())));
}

/** The files in an archive of stock tar, without options, as the dump makes it. */
export async function archiveOf(files: Files): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-influx-'));
  try {
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
    const out = join(tmpdir(), `${folder.slice(tmpdir().length + 1)}.tar`);
    await promisify(execFile)('tar', ['-C', folder, '-cf', out, '.']);
    const tar = await readFile(out);
    await rm(out);
    return gzipSync(tar);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A source with one artifact of these bytes; `shards` are recorded of it. */
export function sourceOf(bytes: Buffer, shards = 2): StoredSource {
  const facts = { consistency: 'fuzzy', fingerprint: { counts: {} }, details: { shards }, warnings: [] } as const;
  const artifact = { fileName: 'shop.tar.gz', bytes: bytes.length, compression: 'gzip' } as const;
  const open = async () => Readable.from([bytes]);
  return { kind: 'influxdb', name: 'shop', facts, serverVersion: '1.8.10', artifacts: [{ ...artifact, open }] };
}
