import { Failure } from '../../../common/failure.ts';
import type { ServerAddress } from '../../datastore.ts';

/** One installation of PostgreSQL's programs. */
export interface Tools {
  /** Folder of the programs, without a slash at its end. */
  readonly folder: string;
  /** "18.1". */
  readonly version: string;
  readonly major: number;
}

/**
 * Prints folder and version of every installation: PATH last, because Debian's /usr/bin holds a wrapper that costs
 * a tenth of a second and chooses by itself. Runs in dash and busybox.
 */
const FIND = `
look() {
  [ -x "$1/pg_dump" ] && [ -x "$1/psql" ] || return 0
  printf '%s\\t%s\\n' "$1" "$("$1/pg_dump" --version </dev/null 2>/dev/null)"
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

/** Parses lines of folder, tab, "pg_dump (PostgreSQL) 18.1 (Debian 18.1-1)"; keeps the first of each version. */
export function parseTools(lines: string): Tools[] {
  const found = new Map<string, Tools>();
  for (const line of lines.split('\n')) {
    const [, folder, version, major] = /^(.*)\t.*\(PostgreSQL\) ((\d+)\S*)/.exec(line) ?? [];
    if (folder === undefined || version === undefined || found.has(version)) continue;
    found.set(version, { folder, version, major: Number(major) });
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
