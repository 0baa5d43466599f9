import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Failure } from '../../common/failure.ts';
import { withPlain } from '../archive/gunzip.ts';
import { parseArchive } from '../archive/parse.ts';
import type { ArtifactReader } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';
import type { Layout } from './layout.ts';

/**
 * Prints a tar archive of the append-only log of a server. Its files get a second name first, in a moment, so that a
 * rewrite, which removes them, takes nothing away; no rewrite came between when the list of files is the same after it.
 * The last file grows meanwhile: GNU tar says so with code 1. $1: folder of the server, $2: folder of the log, empty
 * before Redis 7, $3: name of the log.
 */
const TAKE = `
cd "$1" || exit
rm -rf holdfast_log_*
held=holdfast_log_$$
trap 'rm -rf "$held"' EXIT
trap 'exit 143' HUP INT TERM
list() { if [ -n "$2" ]; then cat "$2/$3.manifest"; else ls -i "$3"; fi; }
for try in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$held" && mkdir -m 700 "$held" || exit
  before=$(list "$@") || exit
  if [ -n "$2" ]; then mkdir "$held/$2" && ln "$2"/* "$held/$2/"; else ln "$3" "$held/"; fi
  if [ $? = 0 ] && [ "$(list "$@")" = "$before" ]; then
    tar -C "$held" -c -f - "\${2:-$3}" || [ $? = 1 ]
    exit
  fi
  sleep 1
done
echo "its files were replaced again and again" >&2
exit 3
`;

/** What the log of a server is called; undefined where it keeps none, or does not tell. */
export function logOf({ dir, appendonly, appenddirname, appendfilename }: Layout): readonly string[] | undefined {
  if (appendonly !== 'yes' || dir === undefined || appendfilename === undefined) return undefined;
  return [dir, appenddirname ?? '', appendfilename];
}

/** Streams the log to where it goes. Throws a Failure when it did not arrive whole. */
export async function takeLog(
  { address }: Connection,
  log: readonly string[],
  target: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const sealed = address.engine.read(address.service, { argv: ['sh', '-c', TAKE, 'sh', ...log] }, { signal });
  await pipeline(sealed.stream, createGzip({ level: 1 }), target, { signal });
  await sealed.seal;
}

/** Reads a log to its end. Throws Failure "damaged". Returns the number of its files. */
export async function readLog(artifact: ArtifactReader): Promise<number> {
  return await withPlain(await artifact.open(), async (plain) => {
    let files = 0;
    for await (const { type, content } of parseArchive(plain)) {
      for await (const piece of content) if (piece.length === 0) break;
      if (type === 'file') files += 1;
    }
    if (files > 0) return files;
    throw new Failure('damaged', { message: `there is no file in "${artifact.fileName}"` });
  });
}
