import { Failure } from '../../../common/failure.ts';

/**
 * With $1 pg_restore and $2 an archive: prints the path, the number of cores and the number of entries that pg_restore
 * sees, one a line, then lets it read every block to its end, unless $3 is "list".
 */
export const READ_ARCHIVE = `printf '%s\\n' "$2"
{ nproc || getconf _NPROCESSORS_ONLN || echo 1; } 2>/dev/null
"$1" --list "$2" | sed -n 's/^; *TOC Entries: //p'
[ "$3" = list ] || "$1" --file=/dev/null "$2"`;

/** What {@link READ_ARCHIVE} printed. */
export interface Reading {
  readonly path: string;
  readonly cores: number;
  readonly entries: number;
}

/** Parses the lines of {@link READ_ARCHIVE}. */
export function parseReading(stdout: string): Reading {
  const [path = '', cores, entries] = stdout.split('\n');
  return { path, cores: Number(cores) || 1, entries: Number(entries) };
}

/** Throws Failure "damaged" when pg_restore sees another number of entries than our own reader. */
export function requireReadable(reading: Reading, entries: number): Reading {
  if (reading.entries === entries) return reading;
  throw new Failure('damaged', {
    message: `pg_restore found ${reading.entries} entries in the archive, expected ${entries}`,
  });
}

/** pg_restore ended with an error that has no better name: the archive is to blame, nothing else was asked of it. */
export function unreadable(failure: Failure): Failure {
  if (failure.code !== 'tool-failed') return failure;
  return new Failure('damaged', { message: 'pg_restore cannot read the archive to its end', detail: failure.detail });
}
