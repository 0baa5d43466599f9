/** Builds archives in pg_dump's custom format (1.16), also ones that pg_dump would never write. */

export interface MadeEntry {
  readonly dumpId: number;
  readonly tag: string;
  readonly description?: string;
  readonly definition?: string;
  readonly copyStatement?: string;
  readonly owner?: string;
  /** Announce a data block. Default: true. */
  readonly hasData?: boolean;
  readonly position?: number;
}

/** What pg_dump writes behind the rows of a table. */
export const END_OF_ROWS = '\\.\n\n\n';
const CUSTOM_FORMAT = 1;

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

export function text(value: string | undefined): Buffer {
  if (value === undefined) return int(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

/** Header and table of contents; `compression`: 0 none, 1 gzip, 2 lz4, 3 zstd. */
export function head(compression: number, entries: readonly MadeEntry[], serverVersion = '15.1 (Debian)'): Buffer {
  const date = Array.from({ length: 7 }, () => int(1));
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([1, 16, 0, 4, 8, CUSTOM_FORMAT, compression]),
    ...date,
    text('made'),
    text(serverVersion),
    text('15.1'),
    int(entries.length),
    ...entries.map(entryBytes),
  ]);
}

function entryBytes(entry: MadeEntry): Buffer {
  const { dumpId, tag, description = 'TABLE DATA', definition, copyStatement = 'COPY t FROM stdin;\n' } = entry;
  const hasData = entry.hasData ?? true;
  const state = Buffer.alloc(9);
  state[0] = hasData ? (entry.position === undefined ? 1 : 2) : 3;
  state.writeUInt32LE(entry.position ?? 0, 1);
  return Buffer.concat([
    int(dumpId),
    int(hasData ? 1 : 0),
    text('0'),
    text('0'),
    text(tag),
    text(description),
    int(3),
    text(definition),
    text(undefined),
    text(copyStatement),
    text('public'),
    text(undefined),
    text(undefined),
    int(0),
    text(entry.owner ?? 'shop'),
    text('false'),
    text(undefined),
    state,
  ]);
}

/** A block of table data whose stored bytes are cut into chunks. */
export function block(dumpId: number, stored: Buffer, chunkSize = 4096): Buffer {
  return Buffer.concat([Buffer.from([1]), int(dumpId), ...chunks(stored, chunkSize), int(0)]);
}

/** A block of large objects: oid and stored bytes of each. */
export function largeObjects(dumpId: number, objects: readonly (readonly [number, Buffer])[]): Buffer {
  const bodies = objects.map(([oid, stored]) => Buffer.concat([int(oid), ...chunks(stored, 4096), int(0)]));
  return Buffer.concat([Buffer.from([3]), int(dumpId), ...bodies, int(0)]);
}

function chunks(stored: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < stored.length; at += size) {
    const part = stored.subarray(at, at + size);
    parts.push(int(part.length), part);
  }
  return parts;
}
