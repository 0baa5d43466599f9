import type { Fingerprint } from '../common/kinds.ts';

/** The format's name; a reader refuses what it does not know. */
export const SET_SCHEMA = 'holdfast-set/v1';

/** The name of the file that makes a set complete. */
export const MANIFEST_FILE = 'manifest.json';

/** The name of the file that tells how to restore the set by hand. */
export const GUIDE_FILE = 'RESTORE.md';

/** The name of the signature of the manifest, when there is one: of `ssh-keygen -Y sign`, checked by stock OpenSSH. */
export const SIGNATURE_FILE = 'manifest.json.sig';

/** What the signature is for, so that one made of other bytes for another purpose never counts. */
export const SIGNATURE_NAMESPACE = 'holdfast-set';

/** One file of a set. */
export interface ManifestArtifact {
  /** Relative to the set, "/" between parts. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex of the stored bytes. */
  readonly sha256: string;
  readonly compression: string;
  /** "none", or how the file is encrypted: "age". A reader lists and checks what it cannot decrypt. */
  readonly encryption: string;
  /** Bytes of an encrypted file when it is decrypted. */
  readonly plainBytes?: number;
}

/** How an artifact is encrypted by this version: the format of age-encryption.org/v1. */
export const AGE = 'age';

/** The end of an encrypted artifact's name. */
export const AGE_SUFFIX = '.age';

/** The name of the identity that opens the set once a passphrase has opened it: an age file itself. */
export const IDENTITY_FILE = 'identity.age';

/** The path of an artifact when it is decrypted. */
export function plainPath({ path, encryption }: Pick<ManifestArtifact, 'path' | 'encryption'>): string {
  return encryption === AGE && path.endsWith(AGE_SUFFIX) ? path.slice(0, -AGE_SUFFIX.length) : path;
}

/** The bytes of an artifact when it is decrypted. */
export function plainBytes({ bytes, plainBytes }: Pick<ManifestArtifact, 'bytes' | 'plainBytes'>): number {
  return plainBytes ?? bytes;
}

/** One source of a set: a database, or the roles of a cluster. */
export interface ManifestSource {
  /** One of `common/kinds.ts` when this version wrote it. Later versions know more; those are listed and checked too. */
  readonly kind: string;
  readonly name: string;
  /** The configured server it came from: "default" without a holdfast.yaml. */
  readonly server: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly serverVersion: string;
  /** What the server's container was started from; missing for a server without one. A drill starts its own from it. */
  readonly image?: string;
  readonly tools: Readonly<Record<string, string>>;
  /** A `Consistency` of `common/kinds.ts`, or a word of a later version. */
  readonly consistency: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly fingerprint: Fingerprint;
  readonly details: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /** The public keys that its artifacts are encrypted for, where they are others than those of the set. */
  readonly recipients?: readonly string[];
  readonly artifacts: readonly ManifestArtifact[];
}

/** A source that is not in the set, and why. */
export interface ManifestAbsence {
  /** That of a store, "rebuild" for what is made anew, or one of a later version. */
  readonly kind: string;
  readonly name: string;
  readonly server: string;
  readonly reason: string;
}

/**
 * `manifest.json`: what a set holds. Written last and never changed. Its last field, `digest`, covers every other byte
 * of the file (see `digest.ts`). Fields that this version does not know are tolerated and kept.
 */
export interface Manifest {
  readonly schema: typeof SET_SCHEMA;
  /** The set's name: its UTC minute, or second when the minute was taken. */
  readonly id: string;
  /** RFC 3339, UTC: when the run began. */
  readonly createdAt: string;
  readonly finishedAt: string;
  /** A word of the person who asked for it, such as "pre-migration". */
  readonly label?: string | undefined;
  /** The kinds and sources that were asked for, sorted: "redis", "postgres/app"; missing: everything. */
  readonly choice?: readonly string[];
  readonly environment: string;
  readonly host: string;
  readonly holdfastVersion: string;
  readonly sources: readonly ManifestSource[];
  readonly skipped: readonly ManifestAbsence[];
  readonly failed: readonly ManifestAbsence[];
  /** The public keys that the artifacts are encrypted for; left out when they are not. */
  readonly recipients?: readonly string[];
  /** The set that this one took the place of when it was encrypted for other keys. */
  readonly reencryptedFrom?: string;
  /** Files that belong to the set but to no source: RESTORE.md, a protected identity. */
  readonly extras: readonly Omit<ManifestArtifact, 'compression' | 'encryption'>[];
}

/** The format's name of a proof. */
export const PROOF_SCHEMA = 'holdfast-proof/v1';

/** How far a set has been proven; each level includes the ones before it. */
export const PROOF_LEVELS = ['stored', 'intact', 'readable', 'proven'] as const;
export type ProofLevel = (typeof PROOF_LEVELS)[number];

/** `proof-<time>.json`: what was proven of a set, when, and how. Lies beside the manifest. */
export interface Proof {
  readonly schema: typeof PROOF_SCHEMA;
  readonly set: string;
  readonly level: ProofLevel;
  /** RFC 3339, UTC. */
  readonly provenAt: string;
  readonly host: string;
  readonly holdfastVersion: string;
  /** sha256 of the manifest that was proven; a proof of another manifest counts for nothing. */
  readonly manifestSha256: string;
  readonly sources: readonly ProvenSource[];
}

/** What was proven of one source. */
export interface ProvenSource {
  /** "postgres/app". */
  readonly source: string;
  /** How, for people: "archive read to the end: 12 collections, 40000 documents". */
  readonly summary: string;
  /** With what: { server: "18.1", pg_restore: "18.1" }. */
  readonly tools?: Readonly<Record<string, string>>;
  /** Only of drills: how many tables or collections, and rows or documents, were compared after a restore. */
  readonly compared?: { readonly objects: number; readonly rows: number };
}
