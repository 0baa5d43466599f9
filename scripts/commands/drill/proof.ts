import { toFailure } from '../../common/failure.ts';
import { sha256 } from '../../sets/digest.ts';
import { MANIFEST_FILE, type Proof, type ProofLevel, type ProvenSource } from '../../sets/manifest.ts';
import { writeProof } from '../../sets/proof.ts';
import { readObject } from '../../sets/read-object.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import type { Storage } from '../../storage/storage.ts';
import { proofBy } from '../proof-by.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import type { SourceDrill } from './verdict.ts';

/**
 * Writes a proof beside every copy of a set that has this very manifest. Gives the names of the storages that have it
 * now; one that cannot be written is warned of, since what was proven is proven.
 */
export async function recordProof(
  set: OpenedSet,
  level: ProofLevel,
  sources: readonly SourceDrill[],
  bench: Workbench,
): Promise<string[]> {
  const { manifestSha256 } = set;
  if (manifestSha256 === undefined) return [];
  const proof = proofBy(bench, { set: set.name, level, manifestSha256, sources: sources.map(provenSource) });
  const written: string[] = [];
  for (const { name, storage } of bench.destinations) {
    try {
      if (await holds(storage, proof, bench)) {
        await writeProof(storage, proof, { signal: bench.context.signal });
        written.push(name);
      }
    } catch (error) {
      bench.context.signal.throwIfAborted();
      const message = `the proof could not be written to "${name}": ${toFailure(error).message}`;
      bench.context.report({ kind: 'warning', message });
    }
  }
  return written;
}

async function holds(storage: Storage, { set, manifestSha256 }: Omit<Proof, 'schema'>, { context }: Workbench) {
  const options = { signal: context.signal };
  const objects = await storage.objects(set, options);
  if (!objects.some(({ path }) => path === `${set}/${MANIFEST_FILE}`)) return false;
  return sha256(await readObject(storage, set, MANIFEST_FILE, options)) === manifestSha256;
}

function provenSource({ label, kind, name, report, tools }: SourceDrill): ProvenSource {
  const held = report ? wordHeld({ kind, name }, report.objects, report.rows) : 'nothing';
  return {
    source: label,
    summary: `restored into a throw-away server and compared: ${held}`,
    ...(tools && { tools }),
    ...(report && { compared: { objects: report.objects, rows: report.rows } }),
  };
}
