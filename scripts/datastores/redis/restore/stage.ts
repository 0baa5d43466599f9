import { Failure } from '../../../common/failure.ts';
import { KEPT_PLACES, startKeeper } from '../../../engines/keeper.ts';
import type { ArtifactReader } from '../../datastore.ts';
import type { Connection } from '../connection/connection.ts';

/** A dump that lies where the programs of the server run. */
export interface Staged {
  readonly path: string;
  discard(): Promise<void>;
}

/** Free bytes that must be left beside the copy. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Stores standard input in a private folder, in the first place with room (df counts kibibytes), and lets the server's own
 * program check it there, where there is one.
 */
const STORE = `umask 077
name=$1 kibibytes=$2 check=$3
for place in ${KEPT_PLACES}; do
  [ -d "$place" ] && [ -w "$place" ] || continue
  free=$(df -P -k "$place" 2>/dev/null | tail -n 1 | awk '{print $4}')
  [ "\${free:-0}" -ge "$kibibytes" ] || continue
  mkdir "$place/$name" && cat >"$place/$name/dump.rdb" || exit
  [ -z "$check" ] || "$check" "$place/$name/dump.rdb" >"$place/$name/check" 2>&1 || { cat "$place/$name/check" >&2; exit 8; }
  printf '%s' "$place/$name/dump.rdb"
  exit
done
echo 'holdfast: no room' >&2
exit 9`;

/** Copies a dump in and has it checked there. Throws Failure "no-space", "version" or "damaged". */
export async function stage(connection: Connection, artifact: ArtifactReader, signal: AbortSignal): Promise<Staged> {
  const { address, farSide } = connection;
  const { engine, service } = address;
  const keeper = startKeeper(engine, service);
  const kibibytes = Math.ceil((artifact.bytes + SPARE_BYTES) / 1024);
  const argv = ['sh', '-c', STORE, 'sh', keeper.name, String(kibibytes), farSide.check ?? ''] as const;
  try {
    const { stdout } = await engine.write(service, { argv }, await artifact.open(), artifact.bytes, { signal });
    return { path: stdout, discard: () => keeper.release() };
  } catch (error) {
    // The first failure counts: that of the removal only follows from it.
    await keeper.release().catch(() => undefined);
    throw error instanceof Failure ? withMeaning(error, kibibytes) : error;
  }
}

function withMeaning(failure: Failure, kibibytes: number): Failure {
  const { detail = '' } = failure;
  if (detail.includes('holdfast: no room')) {
    return new Failure('no-space', { message: `no folder with ${kibibytes} KiB free beside the server` });
  }
  if (/Can't handle RDB format version|RDB version/i.test(detail)) {
    return new Failure('version', { message: 'the RDB file is of a later version than the server knows', detail });
  }
  if (/RDB (ERROR|looks|check)|--- RDB ERROR/i.test(detail)) {
    return new Failure('damaged', { message: 'the server cannot read the RDB file', detail });
  }
  return failure;
}
