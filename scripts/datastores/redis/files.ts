import { posix } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { CallOptions } from '../../engines/engine.ts';
import { type Generation, STAMP, type StoredGeneration, spellGeneration } from '../generation.ts';
import type { Connection } from './connection/connection.ts';
import { readSettings } from './layout.ts';

/** Where a server keeps its files, as programs beside it see them. */
export interface Place {
  readonly dir: string;
  /** The name of the live RDB file. */
  readonly live: string;
}

/** What is known of the place of a server's files. */
export interface PlaceFacts extends Place {
  /** Free bytes on its disk, and free bytes of memory; undefined where nothing tells. */
  readonly freeBytes: number | undefined;
  readonly freeMemory: number | undefined;
}

/**
 * Looks whether the files of the server can be reached: its process must run where our programs do (on this machine an
 * address may lead into a container), and its folder must be writable. The memory that is left is that of the container.
 */
const LOOK = `
[ "$2" = 0 ] || grep -q -i -E 'redis|valkey|keydb' "/proc/$2/comm" 2>/dev/null || { echo '=no its process does not run here'; exit 0; }
[ -d "$1" ] || { echo "=no there is no folder \\"$1\\" here"; exit 0; }
[ -w "$1" ] || { echo "=no its folder \\"$1\\" cannot be written"; exit 0; }
df -P -k "$1" 2>/dev/null | awk 'END { print "=disk " $4 }'
awk '/^MemAvailable:/ { print "=memory " $2 }' /proc/meminfo 2>/dev/null
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null) used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null)
case "$limit$used" in *[!0-9]* | '') ;; *) echo "=cgroup $(((limit - used) / 1024))" ;; esac
exit 0
`;

/** The place of the server's files, or the reason why it cannot be reached. */
export async function findPlace(connection: Connection, options: CallOptions): Promise<PlaceFacts | string> {
  const { dir, dbfilename } = await readSettings(connection, ['dir', 'dbfilename'], options);
  if (dir === undefined || dbfilename === undefined) return 'it does not tell where its files are (CONFIG GET dir)';
  const { service, host = '127.0.0.1' } = connection.address;
  const isHere = host.startsWith('/') || ['127.0.0.1', 'localhost', '::1'].includes(host);
  if (service === '' && !isHere) return 'it runs on another machine, and its files are there';
  // In a container the folder tells enough: the image may hide the processes.
  const process = service === '' ? connection.process : 0;
  const { stdout } = await runScript(connection, LOOK, [dir, String(process)], options);
  const told = (name: string): string | undefined => new RegExp(`^=${name} (.*)$`, 'm').exec(stdout)?.[1];
  const reason = told('no');
  if (reason !== undefined) return reason;
  const memory = [told('memory'), told('cgroup')].filter((text) => text !== undefined).map(Number);
  const disk = told('disk');
  return {
    dir,
    live: dbfilename,
    freeBytes: disk === undefined ? undefined : Number(disk) * 1024,
    freeMemory: memory.length === 0 ? undefined : Math.min(...memory) * 1024,
  };
}

/** The file of a generation, beside the live one: the same disk, so that it is linked and renamed in a moment. */
export function fileOf(generation: Generation): string {
  return `holdfast_${spellGeneration(generation)}.rdb`;
}

const LIST = `cd "$1" || exit
for file in holdfast_*.rdb; do
  [ ! -f "$file" ] || printf '%s %s\\n' "$(wc -c <"$file")" "$file"
done`;

/** The generations that lie beside the live file of a server. */
export async function listGenerations(
  connection: Connection,
  { dir }: Place,
  options: CallOptions,
): Promise<StoredGeneration[]> {
  const { stdout } = await mustRun(connection, LIST, [dir], options);
  return stdout.split('\n').flatMap((line) => {
    const [, bytes, file, part, stamp = ''] = /^\s*(\d+) (holdfast_(new|before)_(.+)\.rdb)$/.exec(line) ?? [];
    if ((part !== 'new' && part !== 'before') || !STAMP.test(stamp)) return [];
    const database = connection.address.name;
    return [{ part, stamp, database, place: posix.join(dir, file ?? ''), sizeBytes: Number(bytes) }];
  });
}

/** Removes files from the folder of a server; none is fine. */
export async function removeFiles(
  connection: Connection,
  { dir }: Place,
  names: readonly string[],
  options: CallOptions,
): Promise<void> {
  await mustRun(connection, 'cd "$1" && shift && rm -f -- "$@"', [dir, ...names], options);
}

/** Runs a script; its code is a result. */
export async function runScript(
  connection: Connection,
  script: string,
  words: readonly string[],
  options: CallOptions,
) {
  const { engine, service } = connection.address;
  return await engine.run(service, { argv: ['sh', '-c', script, 'sh', ...words] }, options);
}

/** Runs a script that must end well. Throws Failure "tool-failed" with its words. */
export async function mustRun(connection: Connection, script: string, words: readonly string[], options: CallOptions) {
  const result = await runScript(connection, script, words, options);
  if (result.code === 0) return result;
  throw new Failure('tool-failed', {
    message: `a step among the files of ${connection.address.label} ended with code ${result.code}`,
    detail: result.stderr.trim(),
  });
}
