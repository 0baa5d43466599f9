import type { Consistency, Fingerprint, Kind } from '../common/kinds.ts';

/** The format's name; a reader refuses what it does not know. */
export const SET_SCHEMA = 'holdfast-set/v1';

/** One file of a set. */
export interface ManifestArtifact {
  /** Relative to the set, "/" between parts. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex of the stored bytes. */
  readonly sha256: string;
  readonly compression: string;
  /** "none", or how the file is encrypted. */
  readonly encryption: 'none';
}

/** One source of a set: a database, or the roles of a cluster. */
export interface ManifestSource {
  readonly kind: Kind;
  readonly name: string;
  /** The configured server it came from: "default" without a holdfast.yaml. */
  readonly server: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly serverVersion: string;
  readonly tools: Readonly<Record<string, string>>;
  readonly consistency: Consistency;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly fingerprint: Fingerprint;
  readonly details: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  readonly artifacts: readonly ManifestArtifact[];
}

/** A source that is not in the set, and why. */
export interface ManifestAbsence {
  readonly kind: Kind;
  readonly name: string;
  readonly server: string;
  readonly reason: string;
}

/** `manifest.json`: what a set holds. Written last and never changed. */
export interface Manifest {
  readonly schema: typeof SET_SCHEMA;
  /** The set's name: its UTC minute, or second when the minute was taken. */
  readonly id: string;
  /** RFC 3339, UTC: when the run began. */
  readonly createdAt: string;
  readonly finishedAt: string;
  /** A word of the person who asked for it, such as "pre-migration". */
  readonly label?: string | undefined;
  readonly environment: string;
  readonly host: string;
  readonly holdfastVersion: string;
  readonly sources: readonly ManifestSource[];
  readonly skipped: readonly ManifestAbsence[];
  readonly failed: readonly ManifestAbsence[];
  /** Files that belong to the set but to no source: RESTORE.md. */
  readonly extras: readonly Omit<ManifestArtifact, 'compression' | 'encryption'>[];
}

/** How far a set has been proven; each level includes the ones before it. */
export const PROOF_LEVELS = ['stored', 'intact', 'readable', 'proven'] as const;
export type ProofLevel = (typeof PROOF_LEVELS)[number];

/** `proof-<time>.json`: what was proven of a set, when, and how. Lies beside the manifest. */
export interface Proof {
  readonly schema: 'holdfast-proof/v1';
  readonly set: string;
  readonly level: ProofLevel;
  /** RFC 3339, UTC. */
  readonly provenAt: string;
  readonly host: string;
  readonly holdfastVersion: string;
  /** sha256 of the manifest that was proven; a proof of another manifest counts for nothing. */
  readonly manifestSha256: string;
  readonly sources: readonly { readonly source: string; readonly summary: string }[];
}
