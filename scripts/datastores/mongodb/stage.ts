import { Readable } from 'node:stream';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { ArtifactReader } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';

/** An archive that was brought to where the tools run. */
export interface Staged {
  /** Its path there. */
  readonly path: string;
  /** Removes it with its folder. May be called more than once. */
  discard(): Promise<void>;
}

/** Bytes that must stay free in the temp folder beside the archive. */
const RESERVE = 64 * 1024 * 1024;

/** Makes a folder that is ours alone; tells its path, then its free space as POSIX df does (1024-byte blocks). */
const MAKE_FOLDER = `umask 077
folder=$(mktemp -d "\${TMPDIR:-/tmp}/holdfast.XXXXXX") || exit 1
printf '%s\\n' "$folder"
df -Pk "$folder" | tail -n 1`;

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
  const { folder, free } = await makeFolder(connection, context);
  const discard = async () => {
    const { code, stderr } = await engine.run(service, { argv: ['rm', '-rf', '--', folder] });
    if (code === 0) return;
    throw new Failure('tool-failed', { message: `"${folder}" could not be removed`, detail: stderr.trim() });
  };
  try {
    if (free < archive.bytes + RESERVE) {
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

async function makeFolder(connection: Connection, context: Context): Promise<{ folder: string; free: number }> {
  const { engine, service, label } = connection.address;
  const { signal } = context;
  const { code, stdout, stderr } = await engine.run(service, { argv: ['sh', '-c', MAKE_FOLDER] }, { signal });
  const [folder, space] = stdout.split('\n');
  if (code !== 0 || folder === undefined || !folder.startsWith('/')) {
    throw new Failure('tool-failed', {
      message: `no temporary folder could be made in ${label}`,
      detail: stderr.trim(),
    });
  }
  return { folder, free: Number(space?.split(/\s+/)[3] ?? 0) * 1024 };
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
