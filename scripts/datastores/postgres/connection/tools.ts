import { Failure } from '../../../common/failure.ts';
import type { ServerAddress } from '../../datastore.ts';

/** One installation of PostgreSQL's programs. */
export interface Tools {
  /** Folder of the programs, without a slash at its end. */
  readonly folder: string;
  /** "18.1". */
  readonly version: string;
  readonly major: number;
  /** The best compression that this build of pg_dump really has. */
  readonly compression: 'zstd' | 'gzip' | 'none';
}

/**
 * Prints folder, version and best compression of every installation, each folder once. PATH last, because Debian's
 * /usr/bin holds a wrapper that costs a tenth of a second at each call; it is left out when it has something to choose
 * from, as that was looked at before. Runs in dash and busybox.
 *
 * Which compression a build really has it says itself: pg_dump checks its options before it connects, so its complaint
 * that nobody listens proves that it had nothing against them. A build without zlib only warns. All of it is asked in one
 * call, since starting a program in a container costs a fifth of a second of processor.
 */
const FIND = `
unset PGSERVICE PGHOSTADDR
seen=:
accepts() {
  words=$(PGHOST=/nonexistent PGPORT=1 PGDATABASE=none PGUSER=none PGCONNECT_TIMEOUT=2 \\
    "$1/pg_dump" --no-password --format=custom "--compress=$2" </dev/null 2>&1 >/dev/null)
  case $words in
  *'not available in this installation'*) return 1 ;;
  *'could not connect'* | *'connection to server'*) return 0 ;;
  *) return 1 ;;
  esac
}
look() {
  [ -x "$1/pg_dump" ] && [ -x "$1/psql" ] || return 0
  case $seen in *":$1:"*) return 0 ;; esac
  if [ "$seen" != : ]; then
    case $(readlink "$1/pg_dump" 2>/dev/null) in *pg_wrapper) return 0 ;; esac
  fi
  seen=$seen$1:
  if accepts "$1" zstd:1; then best=zstd; elif accepts "$1" 1; then best=gzip; else best=none; fi
  printf '%s\\t%s\\t%s\\n' "$1" "$("$1/pg_dump" --version </dev/null 2>/dev/null)" "$best"
}
for folder in /usr/lib/postgresql/*/bin /usr/libexec/postgresql*  /usr/pgsql-*/bin /opt/bitnami/postgresql/bin \\
  /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /opt/homebrew/opt/libpq/bin /usr/local/opt/libpq/bin \\
  /home/linuxbrew/.linuxbrew/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/*/bin \\
  /usr/local/pgsql/bin; do look "$folder"; done
IFS=:
for folder in $PATH; do look "\${folder%/}"; done
exit 0
`;

/** All installations that the engine reaches, each version once. Throws Failure "tool-missing" when there is none. */
export async function findTools(address: ServerAddress, signal: AbortSignal): Promise<Tools[]> {
  const command = { argv: ['sh', '-c', FIND] as const, env: { LC_ALL: 'C' } };
  const { stdout, stderr } = await address.engine.run(address.service, command, { signal });
  const found = parseTools(stdout);
  if (found.length > 0) return found;
  throw new Failure('tool-missing', {
    message: `neither pg_dump nor psql was found ${address.service === '' ? 'on this machine' : `in ${address.label}`}`,
    detail: stderr,
    hint: address.service === '' ? 'install the PostgreSQL client programs, version 13 or later' : undefined,
  });
}

/** Parses lines of folder, tab, "pg_dump (PostgreSQL) 18.1 (Debian 18.1-1)", tab, "zstd"; keeps the first of each version. */
export function parseTools(lines: string): Tools[] {
  const found = new Map<string, Tools>();
  for (const line of lines.split('\n')) {
    const [, folder, version, major, best] = /^(.*)\t.*\(PostgreSQL\) ((\d+)\S*).*\t(.*)$/.exec(line) ?? [];
    if (folder === undefined || version === undefined || found.has(version)) continue;
    const compression = best === 'zstd' || best === 'gzip' ? best : 'none';
    found.set(version, { folder, version, major: Number(major), compression });
  }
  return [...found.values()];
}

/**
 * The installation to use with a server: never older than `major`, and the nearest to it. What a newer pg_dump writes
 * needs a pg_restore as new, and a newer pg_restore says SET to parameters that an older server does not know, so
 * "newest" would be the wrong rule. Throws Failure "version".
 */
export function chooseTools(found: readonly Tools[], major: number, reason: string): Tools {
  const fitting = found.filter((tools) => tools.major >= major).sort(compareTools);
  const [nearest] = fitting;
  if (nearest !== undefined) return nearest;
  const versions = found.map((tools) => tools.version).join(', ');
  throw new Failure('version', {
    message: `found PostgreSQL programs of version ${versions}, expected ${major} or later: ${reason}`,
    hint: `install the client programs of PostgreSQL ${major} (Debian: postgresql-client-${major}, Homebrew: libpq)`,
  });
}

/** The lowest major first, in it the highest minor. */
function compareTools(a: Tools, b: Tools): number {
  return a.major - b.major || b.version.localeCompare(a.version, 'en', { numeric: true });
}
