import { Failure } from '../../../common/failure.ts';
import { BsonError, type BsonValue, parseFlatBson } from './bson.ts';

/** What the head of an archive says about the archive as a whole. */
export interface ArchiveHead {
  /** Version of the dumped server as mongodump saw it. */
  readonly serverVersion: string;
  /** Version of mongodump. */
  readonly toolVersion: string;
}

/** A collection or view as the prelude of an archive names it. */
export interface ArchiveEntry {
  /** Empty for the oplog. */
  readonly database: string;
  readonly collection: string;
  /** Where its documents are: a time series keeps them in "system.buckets.<name>". */
  readonly dataCollection: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  /** Options as the server gave them: capped, validator, viewOn, timeseries, collation, ... */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of the indexes, sorted. */
  readonly indexes: readonly string[];
}

/** The one version of the format that exists (archiveFormatVersion of mongo-tools). */
const FORMAT_VERSION = '0.1';

/** Reads the header of the prelude. Throws Failure "damaged", or "version" for a format that is not known. */
export function parseHead(document: Buffer): ArchiveHead {
  const fields = parse(document, 'the head of the archive');
  const version = text(fields, 'version');
  if (version !== FORMAT_VERSION) {
    throw new Failure('version', {
      message: `archive has format version "${version}", expected "${FORMAT_VERSION}"`,
    });
  }
  const concurrent = fields.get('concurrent_collections');
  if (typeof concurrent !== 'number' || concurrent < 1) throw damaged('its number of concurrent collections is wrong');
  return { serverVersion: text(fields, 'server_version'), toolVersion: text(fields, 'tool_version') };
}

/** Reads one collection of the prelude. Throws Failure "damaged". */
export function parseEntry(document: Buffer): ArchiveEntry {
  const fields = parse(document, 'an entry of the prelude');
  const collection = text(fields, 'collection');
  if (collection === '') throw damaged('a collection has no name');
  if (fields.get('size') === undefined) throw damaged(`the size of "${collection}" is missing`);
  const metadata = parseMetadata(text(fields, 'metadata'), collection);
  const type = typeOf(fields.get('type'), metadata.options, collection);
  return {
    database: text(fields, 'db'),
    collection,
    dataCollection: type === 'timeseries' ? `system.buckets.${collection}` : collection,
    type,
    ...metadata,
  };
}

/** The block header of a namespace, or of its end. */
export interface NamespaceHeader {
  readonly database: string;
  readonly collection: string;
  readonly end: boolean;
  readonly crc: bigint;
}

/** Reads the header of a block. Throws Failure "damaged" for everything that mongodump would not have written. */
export function parseNamespaceHeader(document: Buffer): NamespaceHeader {
  const fields = parse(document, 'the header of a block');
  const end = fields.get('EOF');
  const crc = fields.get('CRC');
  if (fields.size !== 4 || typeof end !== 'boolean' || typeof crc !== 'bigint') {
    throw damaged('the header of a block does not have the fields db, collection, EOF and CRC');
  }
  if (!end && crc !== 0n) throw damaged('a block has a checksum before its end');
  return { database: text(fields, 'db'), collection: text(fields, 'collection'), end, crc };
}

function parse(document: Buffer, what: string): Map<string, BsonValue> {
  try {
    return parseFlatBson(document);
  } catch (error) {
    if (error instanceof BsonError) throw damaged(`${what} cannot be read: ${error.message}`);
    throw error;
  }
}

function text(fields: ReadonlyMap<string, BsonValue>, name: string): string {
  const value = fields.get(name);
  if (typeof value !== 'string') throw damaged(`field "${name}" is missing`);
  return value;
}

/** The oplog and the users of a database have no metadata; every collection has. */
function parseMetadata(json: string, collection: string): Pick<ArchiveEntry, 'options' | 'indexes'> {
  if (json === '') return { options: {}, indexes: [] };
  const metadata = parseJson(json, collection);
  if (typeof metadata.collectionName === 'string' && metadata.collectionName !== collection) {
    throw damaged(`the metadata of "${collection}" are those of "${metadata.collectionName}"`);
  }
  return { options: metadata.options ?? {}, indexes: (metadata.indexes ?? []).map((index) => index.name).sort() };
}

interface Metadata {
  readonly collectionName?: unknown;
  readonly options?: Record<string, unknown>;
  readonly indexes?: readonly { readonly name: string }[];
}

function parseJson(json: string, collection: string): Metadata {
  try {
    const metadata = JSON.parse(json) as Metadata;
    if (metadata.indexes?.every((index) => typeof index.name === 'string') ?? true) return metadata;
  } catch (error) {
    // Two ways of not being metadata: no JSON at all, or JSON of another shape.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw damaged(`the metadata of "${collection}" cannot be read`);
}

/** Tools before 100.0 wrote no type; a view then shows by its options. */
function typeOf(
  type: BsonValue | undefined,
  options: Record<string, unknown>,
  collection: string,
): ArchiveEntry['type'] {
  if (type === 'timeseries' || type === 'view') return type;
  if (type !== undefined && type !== '' && type !== 'collection') {
    throw damaged(`"${collection}" has the unknown type "${type}"`);
  }
  return 'viewOn' in options ? 'view' : 'collection';
}

function damaged(what: string): Failure {
  return new Failure('damaged', { message: `archive is damaged: ${what}` });
}
