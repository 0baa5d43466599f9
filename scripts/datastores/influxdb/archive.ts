import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { damaged, readable } from '../archive/entry.ts';
import { isOfGzip, withPlain } from '../archive/gunzip.ts';
import { type ParsedEntry, parseArchive } from '../archive/parse.ts';
import { type BackupManifest, parseManifest } from './manifest.ts';

/** A manifest has about 170 bytes a shard. */
const MOST_MANIFEST = 64 * 1024 * 1024;

/** A portable backup that was read to its end: every file of its manifest is there, whole, and none beside. */
export interface BackupContent {
  readonly manifest: BackupManifest;
  /** Bytes of the archives of the shards, before they were compressed. */
  readonly bytes: number;
}

/** What was seen of a file that a manifest must name. */
interface Seen {
  readonly bytes: number;
  /** Bytes after decompressing; undefined for what is not compressed. */
  readonly plain: number | undefined;
}

/**
 * Reads an artifact to its end: the archive, and in it the gzip of every shard with its checksum and the size that the
 * manifest tells. Throws Failure "damaged".
 */
export async function readBackup(compressed: Readable): Promise<BackupContent> {
  return await withPlain(compressed, (plain) => readEntries(parseArchive(plain)));
}

async function readEntries(entries: AsyncIterable<ParsedEntry>): Promise<BackupContent> {
  const seen = new Map<string, Seen>();
  const manifests: string[] = [];
  for await (const entry of entries) {
    const name = readable(entry.path);
    if (entry.isTop) continue;
    if (entry.type !== 'file') throw damaged(`"${name}" is not a file, and no backup has one`);
    if (seen.has(name)) throw damaged(`"${name}" comes twice`);
    if (name.endsWith('.manifest')) manifests.push(await textOf(entry));
    else seen.set(name, await readFile(entry, name));
  }
  const [text] = manifests;
  if (text === undefined || manifests.length > 1) throw damaged(`found ${manifests.length} manifests, expected 1`);
  return contentOf(parseManifest(text), seen);
}

async function textOf({ content, size, path }: ParsedEntry): Promise<string> {
  if (size > MOST_MANIFEST) throw damaged(`"${readable(path)}" has ${size} bytes, expected at most ${MOST_MANIFEST}`);
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

async function readFile({ content, size }: ParsedEntry, name: string): Promise<Seen> {
  if (name.endsWith('.tar.gz')) return { bytes: size, plain: await plainBytes(content, name) };
  for await (const _ of content);
  return { bytes: size, plain: undefined };
}

async function plainBytes(content: AsyncIterable<Buffer>, name: string): Promise<number> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let bytes = 0;
  const count = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) bytes += chunk.length;
  };
  try {
    await pipeline(content, gunzip, count);
  } catch (error) {
    throw isOfGzip(error) ? damaged(`"${name}" is not a whole gzip file: ${error.message}`) : error;
  }
  return bytes;
}

function contentOf(manifest: BackupManifest, seen: ReadonlyMap<string, Seen>): BackupContent {
  const { meta, files } = manifest;
  const known = new Set([meta.fileName, ...files.map(({ fileName }) => fileName)]);
  const foreign = [...seen.keys()].find((name) => !known.has(name));
  if (foreign !== undefined) throw damaged(`the archive holds "${foreign}", which its manifest does not name`);
  // The file has a frame around what the manifest counts.
  if ((seen.get(meta.fileName)?.bytes ?? -1) < meta.size) throw damaged(`"${meta.fileName}" is not whole, or missing`);
  for (const { fileName, size } of files) {
    const found = seen.get(fileName);
    if (found === undefined) throw damaged(`the archive lacks "${fileName}", which its manifest names`);
    if (found.plain !== size) throw damaged(`"${fileName}" holds ${found.plain} bytes, expected ${size}`);
  }
  return { manifest, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}
