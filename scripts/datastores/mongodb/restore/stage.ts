import { Readable } from 'node:stream';
import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import { KEPT_PLACES, startKeeper } from '../../../engines/keeper.ts';
import type { ArtifactReader } from '../../datastore.ts';
import type { Connection } from '../connection/connection.ts';

/** An archive that was brought to where the tools run. */
export interface Staged {
  /** Its path there. */
  readonly path: string;
  /** Removes it with its folder. May be called more than once. */
  discard(): Promise<void>;
}

/** Bytes that must stay free in the temp folder beside the archive. */
const RESERVE = 64 * 1024 * 1024;
/** What the script ends with when no folder has room. */
const NO_ROOM = 9;

/** Makes a folder that is ours alone in the first place with room; tells its path. df counts blocks of 1024 bytes. */
const MAKE_FOLDER = `umask 077
for place in ${KEPT_PLACES}; do
  [ -d "$place" ] && [ -w "$place" ] || continue
  free=$(df -Pk "$place" | tail -n 1 | awk '{print $4}')
  [ "\${free:-0}" -ge "$2" ] || continue
  mkdir "$place/$1" && printf '%s\\n' "$place/$1" && exit 0
done
exit ${NO_ROOM}`;

const STORE = 'umask 077; cat >"$1"';

/**
 * Brings the archive into a private folder (0700) on the side of the server, sealed by the engine. Gives undefined when
 * there is no room: the restore then reads it from a stream. Throws a Failure of the engine.
 */
export async function stage(
  connection: Connection,
  archive: ArtifactReader,
  source: string,
  context: Context,
): Promise<Staged | undefined> {
  const { engine, service } = connection.address;
  const { name, release: discard } = startKeeper(engine, service);
  try {
    const folder = await makeFolder(connection, name, archive.bytes + RESERVE, context);
    if (folder === undefined) {
      await discard();
      return undefined;
    }
    const path = `${folder}/restore.archive.gz`;
    const input = Readable.from(reporting(await archive.open(), source, context), { objectMode: false });
    const command = { argv: ['sh', '-c', STORE, 'sh', path] } as const;
    await engine.write(service, command, input, archive.bytes, { signal: context.signal });
    return { path, discard };
  } catch (error) {
    throw await discarded(discard, error);
  }
}

/** Cleans up after `error` and gives it back: the first failure counts, that of the cleaning only follows from it. */
export async function discarded(discard: () => Promise<void>, error: unknown): Promise<unknown> {
  await discard().catch(() => undefined);
  return error;
}

async function makeFolder(
  connection: Connection,
  name: string,
  bytes: number,
  context: Context,
): Promise<string | undefined> {
  const { engine, service, label } = connection.address;
  const argv = ['sh', '-c', MAKE_FOLDER, 'sh', name, String(Math.ceil(bytes / 1024))] as const;
  const { code, stdout, stderr } = await engine.run(service, { argv }, { signal: context.signal });
  if (code === 0) return stdout.trimEnd();
  if (code === NO_ROOM) return undefined;
  throw new Failure('tool-failed', {
    message: `no temporary folder could be made in ${label}`,
    detail: stderr.trim(),
  });
}

/** The same bytes, telling how many went through. */
async function* reporting(input: Readable, source: string, context: Context): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    context.report({ kind: 'progress', source, bytes });
    yield chunk;
  }
}
