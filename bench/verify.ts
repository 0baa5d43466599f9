/** `holdfast verify` of a large set against `openssl dgst -sha256` over the same files, in turn. Needs no database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ManifestSource } from '../scripts/sets/manifest.ts';
import { openSetWriter } from '../scripts/sets/writer.ts';
import { localStorage } from '../scripts/storage/local.ts';
import { exampleFacts, exampleSource } from '../tests/unit/sets/example-set.ts';
import { holdfast } from './place.ts';
import { alternate, compare } from './rounds.ts';
import { bash, runQuietly } from './shell.ts';
import { type Line, ratioLine } from './table.ts';

const SLOWEST = 1.2;
const OURS = 'holdfast verify';
const OPENSSL = 'openssl dgst';
const FILES = 4;
const PIECE = 1024 * 1024;

/** Measures in `rounds` rounds; `bytes`: of all files together, which then lie in the cache of the system for both. */
export async function measureVerify(
  { bytes, rounds }: { readonly bytes: number; readonly rounds: number },
  say: (text: string) => void,
): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const set = await makeSet(join(folder, 'backups'), Math.ceil(bytes / FILES));
    const ways = [
      { name: OURS, run: () => runQuietly(holdfast, ['verify'], folder, process.env) },
      { name: OPENSSL, run: () => bash(`openssl dgst -sha256 backups/${set}/postgres/* > sums`, folder) },
    ];
    const timings = await alternate(ways, rounds, say);
    return [ratioLine('verify to openssl dgst -sha256', compare(timings, OURS, OPENSSL), SLOWEST)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeSet(folder: string, bytesEach: number): Promise<string> {
  const writer = await openSetWriter(localStorage({ folder }), new Date());
  const sources: ManifestSource[] = [];
  for (let at = 0; at < FILES; at += 1) {
    const group = writer.group('postgres');
    const sink = group.sink(`part_${at}.dump`, { compression: 'none' });
    await pipeline(Readable.from(pieces(bytesEach)), sink);
    sources.push({ ...exampleSource('postgres', `part_${at}`), artifacts: group.artifacts() });
  }
  await writer.finish(exampleFacts({ sources }), { guide: () => '' });
  return writer.name;
}

/** What the bytes are does not matter to a digest. */
function* pieces(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(PIECE, 7);
  for (let left = bytes; left > 0; left -= PIECE) yield piece.subarray(0, Math.min(left, PIECE));
}
