import { CRC64_XZ, Crc64 } from '../../../common/crc64.ts';
import { Failure } from '../../../common/failure.ts';
import { type ArchiveEntry, type ArchiveHead, parseEntry, parseHead, parseNamespaceHeader } from './prelude.ts';
import { type ScanListener, Scanner } from './scanner.ts';

/** A collection of an archive that was read to its end. */
export interface ArchiveCollection extends ArchiveEntry {
  readonly documents: number;
  /** Bytes of its documents. */
  readonly bytes: number;
}

/** What an archive holds, proven: every collection named in the prelude reached its end with the right checksum. */
export interface ArchiveContent {
  readonly head: ArchiveHead;
  readonly collections: readonly ArchiveCollection[];
  /** Bytes of the archive, uncompressed. */
  readonly bytes: number;
}

interface Namespace {
  readonly entry: ArchiveEntry;
  readonly crc: Crc64;
  documents: number;
  bytes: number;
  ended: boolean;
}

/** First four bytes of an archive (MagicNumber of mongo-tools, little endian). */
const MAGIC = Buffer.from([0x6d, 0xe2, 0x99, 0x81]);

/**
 * Reads an archive of `mongodump --archive` as it streams by and proves it. The format, after mongo-tools
 * common/archive: magic, a prelude block (head, then one document a collection), then blocks of documents, each headed
 * by its namespace, in any mixture; a namespace ends with a block that holds nothing but the CRC-64 of its documents.
 * The archive has no end marker of its own: it is whole when every namespace of the prelude has ended.
 *
 * What is covered: every byte of every document (CRC), every header and length (strict reading, names must be those of
 * the prelude), the shape of the prelude. Not covered: values inside the prelude that keep their shape, such as a letter
 * of an index name or of the version; the sha256 in the manifest of the set guards those.
 *
 * `push` and `end` throw Failure "damaged" ("version" for an unknown format).
 */
export class ArchiveReader {
  readonly #scanner: Scanner;
  readonly #namespaces = new Map<string, Namespace>();
  #magicSeen = 0;
  #head: ArchiveHead | undefined;
  /** The namespace of the running block; undefined in the prelude and in the block of an end. */
  #current: Namespace | undefined;

  constructor() {
    this.#scanner = new Scanner(this.#listener());
  }

  /** Takes the next bytes; any cut will do. */
  push(chunk: Buffer): void {
    const rest = this.#magicSeen < MAGIC.length ? this.#takeMagic(chunk) : chunk;
    this.#scanner.push(rest);
  }

  /** To be called when there are no more bytes: gives what was read, or throws if anything is missing. */
  end(): ArchiveContent {
    if (this.#magicSeen < MAGIC.length) throw damaged('it ends within its first four bytes');
    if (!this.#scanner.betweenBlocks) throw damaged(`it ends within a block, after ${this.#bytes} bytes`);
    const head = this.#head;
    if (head === undefined) throw damaged('it ends before its prelude');
    const open = [...this.#namespaces].filter(([, namespace]) => !namespace.ended).map(([name]) => `"${name}"`);
    if (open.length > 0) throw damaged(`it ends after ${this.#bytes} bytes, before the end of ${open.join(', ')}`);
    const collections = [...this.#namespaces.values()].map(({ entry, documents, bytes }) => ({
      ...entry,
      documents,
      bytes,
    }));
    return { head, collections, bytes: this.#bytes };
  }

  get #bytes(): number {
    return this.#magicSeen + this.#scanner.position;
  }

  #listener(): ScanListener {
    return {
      header: (document) => this.#takeHeader(document),
      document: (document) => this.#addEntry(parseEntry(document)),
      bytes: (data, start, end, documents) => this.#takeBytes(data, start, end, documents),
      blockEnd: () => {
        this.#scanner.wholeDocuments = false;
        this.#current = undefined;
      },
    };
  }

  #takeMagic(chunk: Buffer): Buffer {
    const count = Math.min(MAGIC.length - this.#magicSeen, chunk.length);
    const expected = MAGIC.subarray(this.#magicSeen, this.#magicSeen + count);
    if (!chunk.subarray(0, count).equals(expected)) throw damaged('it does not begin like an archive of mongodump');
    this.#magicSeen += count;
    return chunk.subarray(count);
  }

  #takeHeader(document: Buffer): void {
    if (this.#head === undefined) {
      this.#head = parseHead(document);
      return;
    }
    const header = parseNamespaceHeader(document);
    const name = `${header.database}.${header.collection}`;
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) throw damaged(`it holds data of "${name}", which its prelude does not name`);
    if (namespace.ended) throw damaged(`"${name}" goes on after its end`);
    if (header.end) endNamespace(name, namespace, header.crc);
    else this.#current = namespace;
  }

  #addEntry(entry: ArchiveEntry): void {
    const name = `${entry.database}.${entry.dataCollection}`;
    if (this.#namespaces.has(name)) throw damaged(`its prelude names "${name}" twice`);
    this.#namespaces.set(name, { entry, crc: new Crc64(CRC64_XZ), documents: 0, bytes: 0, ended: false });
  }

  #takeBytes(data: Uint8Array, start: number, end: number, documents: number): void {
    const namespace = this.#current;
    if (namespace === undefined) throw damaged('there are documents after the end of a collection');
    namespace.crc.update(data, start, end);
    namespace.documents += documents;
    namespace.bytes += end - start;
  }
}

function endNamespace(name: string, namespace: Namespace, expected: bigint): void {
  const found = BigInt.asIntN(64, namespace.crc.value);
  if (found !== expected) {
    throw damaged(`the documents of "${name}" have the checksum ${hex(found)}, expected ${hex(expected)}`);
  }
  namespace.ended = true;
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
}

function damaged(what: string): Failure {
  return new Failure('damaged', { message: `archive is damaged: ${what}` });
}
