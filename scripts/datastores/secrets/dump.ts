import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { bytesOf, readable } from '../archive/entry.ts';
import { Tally } from '../archive/tally.ts';
import { writeArchive } from '../archive/write.ts';
import type { ArtifactSink, DumpFacts, SecretsSource } from '../datastore.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import { DumpLog } from '../tree/log.ts';
import type { Found } from '../tree/walk.ts';
import { collect } from './collect.ts';
import { ARCHIVE, nameOf, pathOf } from './names.ts';

/**
 * Archives what the settings name. The manifest is not encrypted: it counts the files by folder and has no sum of any, as
 * the content of a short file can be guessed from its sum. Throws as `rootsOf`, and the errno error of what cannot be read.
 */
export async function dumpSecrets(source: SecretsSource, sink: ArtifactSink, { signal }: Context): Promise<DumpFacts> {
  const [tally, log, links] = [new Tally(), new DumpLog(), new Links(bytesOf(source.base))];
  const walked = collect(source, {
    signal,
    onVanished: (path) => log.vanished.add(path),
    onSkipped: (path, what) => log.skipped.add(`${path} (${what})`),
  });
  const notes = {
    vanished: (path: string) => log.vanished.add(path),
    changed: (path: string, isTorn: boolean) => (isTorn ? log.torn : log.again).add(path),
  };
  const bytes = writeArchive(links.watch(walked), { tally, notes, alone: '' });
  await pipeline(parallelGzip(bytes), sink(ARCHIVE, { compression: 'gzip' }), { signal });
  const { counts } = tally.fingerprint();
  return {
    consistency: log.isFuzzy() ? 'fuzzy' : 'snapshot',
    fingerprint: { counts },
    details: { ...tally.totals() },
    warnings: [...log.warnings(), ...links.warnings()],
  };
}

/** Looks for links to what is not in the archive: they come back, and lead to nothing on another machine. */
class Links {
  readonly #base: string;
  readonly #names = new Set<string>();
  readonly #goals = new Map<string, string>();

  constructor(base: string) {
    this.#base = base;
  }

  async *watch(walked: AsyncIterable<Found>): AsyncGenerator<Found, void> {
    for await (const found of walked) {
      const { path, type, target } = found;
      if (type === 'link') this.#goals.set(path, resolve(dirname(pathOf(path, this.#base, true)), target));
      else this.#names.add(path);
      yield found;
    }
  }

  warnings(): string[] {
    const lost = [...this.#goals].filter(([, goal]) => {
      const name = nameOf(goal, this.#base);
      return !this.#names.has(name) && !this.#goals.has(name);
    });
    return lost.map(
      ([path, goal]) =>
        `"${readable(path)}" is a link to ${readable(goal)}, which is not in the backup: name it as well`,
    );
  }
}
