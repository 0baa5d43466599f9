import { Failure } from '../common/failure.ts';
import type { Storage, StorageOptions } from '../storage/storage.ts';
import { encodeWithDigest } from './digest.ts';
import { PROOF_LEVELS, PROOF_SCHEMA, type Proof, type ProofLevel } from './manifest.ts';
import { parseProof } from './parse.ts';
import { readObject } from './read-object.ts';

/** `proof-2026-05-07T15-36-42-123Z.json`: the time of the proof to the millisecond, so that two never meet. */
const PROOF_FILE = /^proof-[0-9TZ-]+\.json$/;

/** The proofs of a set. */
export interface FoundProofs {
  /** The highest level that a proof of this very manifest gives; "stored" without one. */
  readonly level: ProofLevel;
  /** RFC 3339, of the newest proof of that level. */
  readonly provenAt: string | undefined;
  /** RFC 3339, of the newest proof of any level: when somebody looked at it last. */
  readonly checkedAt: string | undefined;
  /** Names of proofs that count for nothing: unreadable, of another set, or of another manifest. */
  readonly broken: readonly string[];
}

/** True when a path in a set is the name of a proof. */
export function isProofFile(path: string): boolean {
  return PROOF_FILE.test(path);
}

/** Lower means less; for comparing levels. */
export function proofRank(level: ProofLevel): number {
  return PROOF_LEVELS.indexOf(level);
}

/** Adds a proof beside the manifest of a published set, and gives its file name. Never changes another proof. */
export async function writeProof(
  storage: Storage,
  proof: Omit<Proof, 'schema'>,
  options: StorageOptions = {},
): Promise<string> {
  const fileName = `proof-${new Date(proof.provenAt).toISOString().replaceAll(/[:.]/g, '-')}.json`;
  await storage.add(proof.set, fileName, encodeWithDigest({ schema: PROOF_SCHEMA, ...proof }), options);
  return fileName;
}

/** Reads the named proofs of a set and tells what they are worth for the manifest with this sha256. */
export async function readProofs(
  storage: Storage,
  set: string,
  files: readonly string[],
  manifestSha256: string | undefined,
  options: StorageOptions = {},
): Promise<FoundProofs> {
  const found: FoundProofs & { broken: string[] } = {
    level: 'stored',
    provenAt: undefined,
    checkedAt: undefined,
    broken: [],
  };
  let checkedAt: string | undefined;
  let best: Pick<FoundProofs, 'level' | 'provenAt'> = found;
  for (const file of files) {
    const proof = await readProof(storage, set, file, options);
    if (proof === undefined || proof.set !== set || proof.manifestSha256 !== manifestSha256) {
      found.broken.push(file);
      continue;
    }
    if (checkedAt === undefined || proof.provenAt > checkedAt) checkedAt = proof.provenAt;
    if (isBetter(proof, best)) best = proof;
  }
  return { ...found, checkedAt, level: best.level, provenAt: best.provenAt };
}

async function readProof(storage: Storage, set: string, file: string, options: StorageOptions) {
  try {
    return parseProof(await readObject(storage, set, file, options), file);
  } catch (error) {
    // A proof that is damaged, gone or of a later version proves nothing; the set is what it was without it.
    const code = error instanceof Failure ? error.code : 'internal';
    if (code === 'damaged' || code === 'version' || code === 'not-found') return undefined;
    throw error;
  }
}

function isBetter(proof: Proof, best: Pick<FoundProofs, 'level' | 'provenAt'>): boolean {
  const gain = proofRank(proof.level) - proofRank(best.level);
  return gain > 0 || (gain === 0 && proof.provenAt > (best.provenAt ?? ''));
}
