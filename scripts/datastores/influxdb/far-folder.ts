import { Failure } from '../../common/failure.ts';
import type { CallOptions } from '../../engines/engine.ts';
import { KEPT_PLACES, type Keeper, startKeeper } from '../../engines/keeper.ts';
import type { Connection } from './connection/connection.ts';

/** Free bytes that must be left beside what a folder is made for. */
const SPARE = 64 * 1024 * 1024;
/** What the script ends with when no place has room. */
const NO_ROOM = 9;

/** Makes a private folder in the first place with room, and tells its path. df counts kibibytes. */
const MAKE = `umask 077
for place in ${KEPT_PLACES}; do
  [ -d "$place" ] && [ -w "$place" ] || continue
  free=$(df -P -k "$place" 2>/dev/null | tail -n 1 | awk '{print $4}')
  [ "\${free:-0}" -ge "$2" ] || continue
  mkdir "$place/$1" && printf '%s' "$place/$1"
  exit
done
exit ${NO_ROOM}`;

/** A private folder where the programs of the server run, that does not outlive us. */
export interface FarFolder {
  readonly path: string;
  /** Removes it with all that is in it. Idempotent. */
  release(): Promise<void>;
}

/** Makes a folder with room for so many bytes. Throws Failure "no-space" or "tool-failed". */
export async function makeFarFolder({ address }: Connection, bytes: number, options: CallOptions): Promise<FarFolder> {
  const { engine, service, label } = address;
  const keeper = startKeeper(engine, service);
  try {
    const kibibytes = Math.ceil((bytes + SPARE) / 1024);
    const argv = ['sh', '-c', MAKE, 'sh', keeper.name, String(kibibytes)] as const;
    const { code, stdout, stderr } = await engine.run(service, { argv }, options);
    if (code === 0) return { path: stdout, release: () => keeper.release() };
    if (code === NO_ROOM) {
      const message = `no temporary folder beside ${label} has ${kibibytes} KiB free`;
      throw new Failure('no-space', { message, hint: 'set TMPDIR of the container to a folder with more room' });
    }
    const message = `no temporary folder could be made beside ${label}`;
    throw new Failure('tool-failed', { message, detail: stderr.trim() });
  } catch (error) {
    throw await released(keeper, error);
  }
}

/** Cleans up after `error` and gives it back: the first failure counts, that of the cleaning only follows from it. */
export async function released(folder: Pick<Keeper, 'release'>, error: unknown): Promise<unknown> {
  await folder.release().catch(() => undefined);
  return error;
}
