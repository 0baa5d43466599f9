import { readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import { CRC64_XZ, Crc64 } from '../../../../scripts/common/crc64.ts';
import { type ArchiveContent, ArchiveReader } from '../../../../scripts/datastores/mongodb/archive/reader.ts';

/** Written by mongodump 100.10: `users` (12 documents, 2 indexes), `Orders.2026-ü` (3), `empty` (0). */
export const FIXTURE = readFileSync(new URL('fixtures/shop.archive', import.meta.url));
/** The name of its database. */
export const FIXTURE_DATABASE = 'hfm_fixture';
const TERMINATOR = Buffer.alloc(4, 0xff);
/** Where the blocks of documents begin. */
export const FIXTURE_PRELUDE_END = FIXTURE.indexOf(TERMINATOR) + TERMINATOR.length;

/** Reads an archive in pieces of `size` bytes. */
export function readInPieces(archive: Buffer, size: number): ArchiveContent {
  const reader = new ArchiveReader();
  for (let at = 0; at < archive.length; at += size) reader.push(archive.subarray(at, at + size));
  return reader.end();
}

/** A collection of an archive that a test writes itself, for what no server here can dump. */
export interface WrittenCollection {
  readonly name: string;
  readonly type: string;
  readonly options?: object;
  readonly dataName?: string;
  readonly documents?: readonly object[];
  /** As listIndexes gives them; that of _id alone when missing. */
  readonly indexes?: readonly object[];
}

/** Writes an archive as mongo-tools do, one block a collection. */
export function writeArchive(database: string, collections: readonly WrittenCollection[]): Buffer {
  const head = { concurrent_collections: 4, version: '0.1', server_version: '7.0.1', tool_version: '100.10.0' };
  const entries = collections.map(({ name, type, options = {}, indexes = [{ name: '_id_' }] }) => {
    const metadata = JSON.stringify({ options, indexes: type === 'collection' ? indexes : [] });
    return BSON.serialize({ db: database, collection: name, metadata, size: 0, type });
  });
  const magic = Buffer.from([0x6d, 0xe2, 0x99, 0x81]);
  const blocks = collections.flatMap((collection) => blocksOf(database, collection));
  return Buffer.concat([magic, BSON.serialize(head), ...entries, TERMINATOR, ...blocks]);
}

function blocksOf(database: string, { name, dataName = name, documents = [] }: WrittenCollection): Uint8Array[] {
  const body = Buffer.concat(documents.map((document) => BSON.serialize(document)));
  const crc = new Crc64(CRC64_XZ);
  crc.update(body);
  const header = (end: boolean, value: bigint) =>
    BSON.serialize({ db: database, collection: dataName, EOF: end, CRC: BSON.Long.fromBigInt(value) });
  return [header(false, 0n), body, TERMINATOR, header(true, BigInt.asIntN(64, crc.value)), TERMINATOR];
}
