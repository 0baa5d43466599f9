/** Start-up: `holdfast --help`, and `holdfast list` over 100 local sets, beside `node -e 0`. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Manifest, ManifestSource } from '../scripts/sets/manifest.ts';
import { writeProof } from '../scripts/sets/proof.ts';
import { openSetWriter, type SetWriter } from '../scripts/sets/writer.ts';
import { localStorage } from '../scripts/storage/local.ts';
import type { Place } from './place.ts';
import { holdfast, newFolder } from './place.ts';
import { alternate, type Comparison, compare, type Way } from './rounds.ts';

const node = join(import.meta.dirname, '..', '.toolchain', 'node');
const SETS = 100;
const DAY = 86_400_000;

/** Measures in `rounds` rounds; `set` is a real set, whose manifest every one of the 100 gets. */
export async function measureStart(place: Place, set: string, rounds: number): Promise<[Comparison, Comparison]> {
  const folder = await newFolder(place, 'start');
  await makeSets(JSON.parse(await readFile(join(set, 'manifest.json'), 'utf8')), join(folder, 'backups'));
  const call = (name: string, program: string, words: readonly string[]): Way => ({
    name,
    run: async () => start(program, words, folder, place.environment),
  });
  const ways = [call('node', node, ['-e', '0']), call('help', holdfast, ['--help']), call('list', holdfast, ['list'])];
  // once for the compile cache
  for (const way of ways) await way.run();
  const timings = await alternate(ways, rounds);
  return [compare(timings, 'help', 'node'), compare(timings, 'list', 'node')];
}

/** The bench waits without an event loop in between, which would add to every one of these few milliseconds. */
function start(program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): void {
  const { status, stderr } = spawnSync(program, words, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`"${words.join(' ')}" ended with ${status}: ${stderr}`);
}

/** One set a day, each with the artifacts' names, fingerprint and details of a real one and a few bytes in each file. */
async function makeSets(manifest: Manifest, folder: string): Promise<void> {
  const storage = localStorage({ folder });
  for (let day = 0; day < SETS; day += 1) {
    const began = new Date(Date.now() - day * DAY);
    const writer = await openSetWriter(storage, began);
    const sources = await Promise.all(manifest.sources.map((source) => fillSource(writer, source)));
    const { schema: _schema, id: _id, extras: _extras, ...facts } = manifest;
    const times = { createdAt: began.toISOString(), finishedAt: began.toISOString() };
    const guide = () => 'a set of the bench';
    const { manifest: written, manifestSha256 } = await writer.finish({ ...facts, ...times, sources }, { guide });
    await writeProof(storage, {
      set: written.id,
      level: 'readable',
      provenAt: began.toISOString(),
      host: written.host,
      holdfastVersion: written.holdfastVersion,
      manifestSha256,
      sources: sources.map(({ kind, name }) => ({ source: `${kind}/${name}`, summary: 'read to its end' })),
    });
  }
  const made = (await readdir(folder)).length;
  if (made < SETS) throw new Error(`made ${made} sets, expected ${SETS}`);
}

async function fillSource(writer: SetWriter, source: ManifestSource): Promise<ManifestSource> {
  const [kind = ''] = source.artifacts[0]?.path.split('/') ?? [];
  const group = writer.group(kind);
  for (const { path, compression } of source.artifacts) {
    const body = Readable.from([Buffer.from('a dump of the bench')]);
    await pipeline(body, group.sink(path.slice(kind.length + 1), { compression }));
  }
  return { ...source, artifacts: group.artifacts() };
}
