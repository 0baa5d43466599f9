import type { ConnectedClient } from '../connection/connect.ts';
import { quoteLiteral } from '../sql.ts';

/** Bytes that are needed in one place of the server. */
interface Place {
  /** Empty: the folder of the server's data. */
  readonly path: string;
  readonly bytes: number;
}

/** Free bytes that must be left: what is logged while the copy is made, and a tenth more than the live one takes. */
const RESERVE_BYTES = 512 * 1024 * 1024;
const MORE = 1.1;
/** A database takes up to so many times the bytes of its compressed dump: most of those that were looked at took less. */
const UNPACKED = 5;

/**
 * Prints the free kibibytes of the folders, when the first is really the one of the server: its start stands in a file
 * there. The programs may run on another machine than the server, or beside another server.
 */
const ASK = `folder=$1 start=$2
shift 2
noted=$(sed -n 3p "$folder/postmaster.pid" 2>/dev/null)
[ "$noted" -ge "$((start - 60))" ] 2>/dev/null && [ "$noted" -le "$((start + 60))" ] || exit 0
for place; do df -P -k "$place" 2>/dev/null | tail -n 1 | awk '{print $4}'; done`;

/** What was found of the room for a second copy of a database. */
export interface Room {
  /** Why there is not enough, for people; undefined: there is, or nobody can tell. */
  readonly lack: string | undefined;
  /** Why there may not be enough. */
  readonly doubt: string | undefined;
}

/** What the room is asked for. */
export interface RoomWish {
  /** The database that gets a second copy; undefined: there is none yet. */
  readonly live: string | undefined;
  /** Bytes that the copy takes at least. */
  readonly least: number;
  /** The stamp of the restore: its databases need room at the same time. */
  readonly stamp: string;
}

/** Compares the size of the live database with the room beside it and beside what else is restored. Changes nothing. */
export async function roomFor(
  client: ConnectedClient,
  { live, least, stamp }: RoomWish,
  signal: AbortSignal,
): Promise<Room> {
  const unknown = { lack: undefined, doubt: 'how much room the server has is not known' };
  const server = await serverFolder(client);
  if (server === undefined) return unknown;
  const places = await placesOf(client, live, least);
  const paths = places.map(({ path }) => path || server.folder);
  const promised = promisedBy(client, stamp);
  const free = await promised.freeIn(paths, () => askFree(client, server, paths, signal));
  if (free.length !== places.length) return unknown;
  const lacks = (times: number): string | undefined =>
    places.flatMap(({ bytes }, at) => {
      const path = paths[at] ?? '';
      return lackOf(path, bytes * times + promised.of(path), Number(free[at]) * 1024);
    })[0];
  // A live database tells how much it takes; of a dump alone that can only be guessed.
  const room = { lack: lacks(1), doubt: live === undefined ? lacks(UNPACKED) : undefined };
  if (room.lack === undefined) for (const [at, { bytes }] of places.entries()) promised.add(paths[at] ?? '', bytes);
  return room;
}

/** The free kibibytes of the folders; none where the programs do not see the server's disk. */
async function askFree(
  client: ConnectedClient,
  { folder, start }: ServerFolder,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number[]> {
  const argv = ['sh', '-c', ASK, 'sh', folder, String(start), ...paths] as const;
  const { engine, service } = client.address;
  const { stdout } = await engine.run(service, { argv, env: { LC_ALL: 'C' } }, { signal });
  const lines = stdout.split('\n').filter((line) => /^\d+$/.test(line));
  return lines.map(Number);
}

/** Bytes that were promised to the databases of one restore, by folder: each alone may have room, and all together not. */
export class Promised {
  readonly #bytes = new Map<string, number>();
  /** What was free before the first of them took any, in kibibytes. */
  readonly #free = new Map<string, Promise<number[]>>();

  /** Asks once for the same folders. */
  freeIn(paths: readonly string[], ask: () => Promise<number[]>): Promise<number[]> {
    const key = JSON.stringify(paths);
    const found = this.#free.get(key) ?? ask();
    this.#free.set(key, found);
    return found;
  }

  of(path: string): number {
    return this.#bytes.get(path) ?? 0;
  }

  add(path: string, bytes: number): void {
    this.#bytes.set(path, this.of(path) + bytes);
  }
}

const promises = new WeakMap<ConnectedClient, { readonly stamp: string; readonly promised: Promised }>();

function promisedBy(client: ConnectedClient, stamp: string): Promised {
  const known = promises.get(client);
  if (known?.stamp === stamp) return known.promised;
  const promised = new Promised();
  promises.set(client, { stamp, promised });
  return promised;
}

function lackOf(path: string, bytes: number, free: number): string[] {
  const needed = Math.ceil(bytes * MORE) + RESERVE_BYTES;
  if (free >= needed) return [];
  return [`found ${mebibytes(free)} free in "${path}", expected room for ${mebibytes(needed)}`];
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}

const FOLDER = `select s.setting as folder, extract(epoch from pg_postmaster_start_time())::bigint as start
  from pg_settings s where s.name = 'data_directory'`;

interface ServerFolder {
  readonly folder: string;
  /** When the server was started, in seconds since 1970. */
  readonly start: number;
}

/** Undefined where our role may not ask for it. */
async function serverFolder(client: ConnectedClient): Promise<ServerFolder | undefined> {
  const [row] = await client.standing.ask((talk) => talk.rows<{ folder: string | null; start: number }>(FOLDER));
  return row?.folder ? { folder: row.folder, start: row.start } : undefined;
}

/** The tablespaces that a database has something in, by the place of each. */
async function placesOf(client: ConnectedClient, live: string | undefined, least: number): Promise<Place[]> {
  if (live === undefined) return [{ path: '', bytes: least }];
  const name = quoteLiteral(live);
  const rows = await client.standing.ask((talk) =>
    talk.rows<{ path: string; bytes: number; main: boolean }>(`select pg_tablespace_location(t.oid) as path,
      t.oid = d.dattablespace as main, pg_database_size(d.oid) as bytes
      from pg_database d join pg_tablespace t on t.oid = d.dattablespace
        or d.oid in (select pg_tablespace_databases(t.oid)) where d.datname = ${name} and t.spcname <> 'pg_global'`),
  );
  // How much of it lies in which of several is not told without a look into each file: the whole may go to the main one.
  return rows.map(({ path, bytes, main }) => ({ path, bytes: main ? Math.max(bytes, least) : 0 }));
}
