import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { totalBytes } from '../../common/total-bytes.ts';
import type { FileDigest } from '../../storage/storage.ts';
import { differenceOf } from '../checked-stream.ts';
import { MANIFEST_FILE, type Manifest, SIGNATURE_FILE } from '../manifest.ts';
import { parseManifest } from '../parse.ts';
import { EntryNames } from './entry-names.ts';
import { DATABASE_FILE, formatOf, isWanted, ORKESTRA_SCHEMA } from './layouts.ts';
import { refused } from './refused.ts';
import type { Attributes } from './tar-header.ts';
import { readTar, type TarEntry } from './tar-reader.ts';
import { readGzip } from './whole-gzip.ts';

/** A file in an archive that was looked at. */
export interface BundleFile extends FileDigest {
  readonly path: string;
  /** Whose it was; told of the files of older systems alone. */
  readonly attributes?: Attributes;
}

/** What the first pass over an archive found. */
export interface ScannedBundle {
  /** The manifest of a set of ours; undefined for a tarball of an older system. */
  readonly manifest: Manifest | undefined;
  /** Empty where none was expected. */
  readonly manifestBytes: Buffer;
  /** All files in their order, the manifest among them. */
  readonly files: readonly BundleFile[];
  /** The text of {@link DATABASE_FILE}, where there is one. */
  readonly database: string | undefined;
}

/** Options of {@link scanBundle}. */
export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Throws when so many bytes have no room where the archive will be unpacked. */
  readonly requireRoom: (bytes: number) => void;
  /** False for a tarball of nothing but dumps. */
  readonly hasManifest?: boolean;
}

/** A larger manifest is none, and is not taken into memory (`read-object.ts` has the same limit). */
const LARGEST_MANIFEST = 64 * 1024 * 1024;
const LARGEST_SIGNATURE = 64 * 1024;
const LARGEST_TEXT = 4096;
/**
 * Before the manifest says how large everything is, and in older tarballs, which say nothing: mails and JSON pack to a
 * tenth, the emptiest files to a thousandth.
 */
const MOST_RATIO = 200;

/**
 * Reads an archive to its end and writes nothing: every header, name, size and byte is as it must be, or Failure
 * "damaged" names the entry. Throws what `requireRoom` throws as soon as sizes are known.
 */
export async function scanBundle(open: () => Promise<Readable>, options: ScanOptions): Promise<ScannedBundle> {
  const scan = new Scan(options.requireRoom, options.hasManifest ?? true);
  const take = (content: AsyncIterable<Buffer>) => readTar(content, (entry, body) => scan.take(entry, body));
  await readGzip(await open(), scan.unzipping, take, options.signal);
  return scan.end();
}

class Scan {
  readonly unzipping = { mostRatio: MOST_RATIO };
  readonly #requireRoom: (bytes: number) => void;
  readonly #hasManifest: boolean;
  readonly #names = new EntryNames();
  readonly #files: BundleFile[] = [];
  #folders = 0;
  #wantedBytes = 0;
  #manifestBytes: Buffer | undefined;
  #manifest: Manifest | undefined;
  #database: string | undefined;

  constructor(requireRoom: (bytes: number) => void, hasManifest: boolean) {
    this.#requireRoom = requireRoom;
    this.#hasManifest = hasManifest;
  }

  async take(entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    const isOurs = this.#manifest !== undefined;
    // Objects of a bucket are no files of a set: keys that differ by case alone are two.
    const exact = !isOurs && /^(?:\.\/)?rustfs\//.test(entry.name);
    const path = this.#names.take(entry.name, entry.isFolder, { exact });
    if (isOurs && (entry.isFolder || path !== entry.name))
      throw refused(entry.name, 'is no file that the manifest names');
    if (entry.isFolder) this.#folders += 1;
    else if (path === MANIFEST_FILE && this.#hasManifest) await this.#takeManifest(entry, body);
    else if (this.#manifest !== undefined) await this.#takeNamed(this.#manifest, path, entry, body);
    else await this.#takeOlder(path, entry, body);
  }

  /** Throws Failure "damaged" when something is not there. */
  end(): ScannedBundle {
    const manifestBytes = this.#hasManifest ? this.#manifestBytes : Buffer.alloc(0);
    if (manifestBytes === undefined) throw refused(undefined, `there is no ${MANIFEST_FILE} in it`);
    const there = new Set(this.#files.map(({ path }) => path));
    const missing = this.#manifest && namedIn(this.#manifest).find(({ path }) => !there.has(path));
    if (missing !== undefined) throw refused(missing.path, 'is named by the manifest and not there');
    return { manifest: this.#manifest, manifestBytes, files: this.#files, database: this.#database };
  }

  async #takeManifest(entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    const isFirst = this.#files.length + this.#folders === 0;
    const bytes = await this.#small(entry, body, LARGEST_MANIFEST);
    this.#manifestBytes = bytes;
    if (formatOf(bytes) === ORKESTRA_SCHEMA) return;
    if (!isFirst || entry.name !== MANIFEST_FILE) throw refused(entry.name, 'is not the first entry');
    this.#manifest = await parseManifest(bytes);
    this.unzipping.mostRatio = Number.POSITIVE_INFINITY;
    this.#requireRoom(totalBytes(namedIn(this.#manifest)) + bytes.length);
  }

  async #takeNamed(manifest: Manifest, path: string, entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    if (path === SIGNATURE_FILE) {
      await this.#small(entry, body, LARGEST_SIGNATURE);
      return;
    }
    const expected = namedIn(manifest).find((file) => file.path === path);
    if (expected === undefined) throw refused(path, 'is not named by the manifest');
    if (entry.bytes !== expected.bytes) {
      throw refused(path, `has ${entry.bytes} bytes, the manifest says ${expected.bytes}`);
    }
    const problem = differenceOf(expected, await this.#digest(path, body));
    if (problem !== undefined) throw refused(path, `differs from the manifest: ${problem}`);
  }

  async #takeOlder(path: string, entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    if (!this.#hasManifest || isWanted(path)) {
      this.#wantedBytes += entry.bytes;
      this.#requireRoom(this.#wantedBytes);
    }
    if (path === DATABASE_FILE) this.#database = (await this.#small(entry, body, LARGEST_TEXT)).toString();
    else await this.#digest(path, body, undefined, entry.attributes);
  }

  async #small(entry: TarEntry, body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
    if (entry.bytes > most) throw refused(entry.name, `has ${entry.bytes} bytes, expected at most ${most}`);
    const pieces: Buffer[] = [];
    const path = entry.name.replace(/^\.\//, '');
    await this.#digest(path, body, (piece) => pieces.push(Buffer.from(piece)));
    return Buffer.concat(pieces);
  }

  async #digest(
    path: string,
    body: AsyncIterable<Buffer>,
    keep?: (piece: Buffer) => void,
    attributes?: Attributes,
  ): Promise<FileDigest> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of body) {
      hash.update(piece);
      bytes += piece.length;
      keep?.(piece);
    }
    const found = { bytes, sha256: hash.digest('hex') };
    this.#files.push({ path, ...found, ...(attributes && { attributes }) });
    return found;
  }
}

function namedIn({ sources, extras }: Manifest): { path: string; bytes: number; sha256: string }[] {
  return [...sources.flatMap(({ artifacts }) => artifacts), ...extras];
}
