import { Readable } from 'node:stream';
import { Failure } from '../../../common/failure.ts';
import { KEPT_PLACES, startKeeper } from '../../../engines/keeper.ts';
import type { ArtifactReader } from '../../datastore.ts';
import type { Client } from '../connection/client.ts';
import { withMeaning } from '../connection/failures.ts';
import type { Tools } from '../connection/tools.ts';
import { parseReading, READ_ARCHIVE, requireReadable, unreadable } from './stock-reader.ts';

/** Where pg_restore finds the archive: a file it can jump around in, or nowhere, so that it must be streamed. */
export interface Placement {
  /** Path where the programs of the server run; undefined: no room for it there. */
  readonly path: string | undefined;
  /** Why there is no file, for the plan. */
  readonly reason: string | undefined;
  /** Where pg_restore finds its lists of entries, those that there are. */
  readonly lists?: Readonly<Partial<Record<ListName, string>>>;
  /** Cores where the programs of the server run. */
  readonly cores: number;
  remove(): Promise<void>;
}

/** The lists of entries that a restore may need: all in another order, the large objects alone, all but those, some. */
export type ListName = 'order' | 'largeObjects' | 'others' | 'parts';

/** The text of each list that is needed. */
export type Lists = Readonly<Partial<Record<ListName, string | undefined>>>;

/** How pg_restore reads the archive. */
export interface Reading {
  /** The entries that our own reader saw. */
  readonly entries: number;
  /** False where that was done before, and the load itself harms nothing when it finds damage. */
  readonly toItsEnd: boolean;
}

/** Free bytes that must be left beside the archive. */
const SPARE_BYTES = 64 * 1024 * 1024;
/** What the script says when no folder has room. */
const NO_ROOM = 'holdfast: no room';

/**
 * Stores standard input in a private folder of a name that nobody can guess, in the first place with room (df counts
 * kibibytes), then lets pg_restore read it there. One program for all of it, because each start inside a container
 * costs a tenth of a second.
 */
const STORE = `umask 077
name=$1 kibibytes=$2 tool=$3 reading=$4
for place in ${KEPT_PLACES}; do
  [ -d "$place" ] && [ -w "$place" ] || continue
  free=$(df -P -k "$place" 2>/dev/null | tail -n 1 | awk '{print $4}')
  [ "\${free:-0}" -ge "$kibibytes" ] || continue
  mkdir "$place/$name" || continue
  file=$place/$name/archive.dump
  cat > "$file" || exit
  set -- "$tool" "$file" "$reading"
  ${READ_ARCHIVE}
  exit
done
echo '${NO_ROOM}' >&2
exit 9`;

/**
 * Brings the archive to where the programs run, with the lists of its entries that there are, and lets pg_restore
 * read it there, without a database. Where there is no room, it is only streamed through pg_restore. Throws
 * Failure "damaged" when pg_restore cannot read it or sees another number of entries than our own reader.
 */
export async function placeArchive(
  client: Client,
  tools: Tools,
  artifact: ArtifactReader,
  reading: Reading,
  lists: Lists,
  signal: AbortSignal,
): Promise<Placement> {
  const tool = `${tools.folder}/pg_restore`;
  const { name, release: remove } = startKeeper(client.address.engine, client.address.service);
  try {
    const stored = await store(client, tool, artifact, reading, name, signal);
    return { ...stored, lists: await storeLists(client, stored.path, lists, signal), remove };
  } catch (error) {
    // The first failure counts: that of the removal only follows from it.
    await remove().catch(() => undefined);
    if (!(error instanceof Failure) || !error.detail?.includes(NO_ROOM)) throw error;
  }
  const cores = await streamThrough(client, tool, artifact, signal);
  const reason = `no folder with ${kibibytesFor(artifact)} KiB free beside the server`;
  return { path: undefined, reason, cores, remove: async () => {} };
}

async function store(
  client: Client,
  tool: string,
  artifact: ArtifactReader,
  { entries, toItsEnd }: Reading,
  name: string,
  signal: AbortSignal,
): Promise<Omit<Placement, 'remove'>> {
  const { engine, service } = client.address;
  const argv = [
    'sh',
    '-c',
    STORE,
    'sh',
    name,
    String(kibibytesFor(artifact)),
    tool,
    toItsEnd ? 'all' : 'list',
  ] as const;
  const command = { argv, env: { LC_ALL: 'C' } };
  try {
    const { stdout } = await engine.write(service, command, await artifact.open(), artifact.bytes, { signal });
    const { path, cores } = requireReadable(parseReading(stdout), entries);
    return { path, reason: undefined, cores };
  } catch (error) {
    throw error instanceof Failure && !error.detail?.includes(NO_ROOM) ? unreadable(withMeaning(error)) : error;
  }
}

/** Writes the lists of entries beside the archive; gives their paths. */
async function storeLists(
  { address }: Client,
  archive: string | undefined,
  lists: Lists,
  signal: AbortSignal,
): Promise<Partial<Record<ListName, string>>> {
  const paths: Partial<Record<ListName, string>> = {};
  for (const [name, text] of Object.entries(lists) as [ListName, string | undefined][]) {
    if (text === undefined || archive === undefined) continue;
    const path = `${archive}.${name}`;
    const argv = ['sh', '-c', 'umask 077; cat > "$1"', 'sh', path] as const;
    const bytes = Buffer.from(text);
    await address.engine.write(address.service, { argv }, Readable.from([bytes]), bytes.length, { signal });
    paths[name] = path;
  }
  return paths;
}

/** Lets pg_restore read the stream; returns the cores that a stream can use. */
async function streamThrough(
  client: Client,
  tool: string,
  artifact: ArtifactReader,
  signal: AbortSignal,
): Promise<number> {
  const { engine, service } = client.address;
  const command = { argv: [tool, '--file=/dev/null'] as const, env: { LC_ALL: 'C' } };
  try {
    await engine.write(service, command, await artifact.open(), artifact.bytes, { signal });
    return 1;
  } catch (error) {
    throw error instanceof Failure ? unreadable(withMeaning(error)) : error;
  }
}

function kibibytesFor(artifact: ArtifactReader): number {
  return Math.ceil((artifact.bytes + SPARE_BYTES) / 1024);
}
