import { Failure } from '../common/failure.ts';
import { decodeWithDigest } from './digest.ts';
import { MANIFEST_FILE, type Manifest, PROOF_LEVELS, PROOF_SCHEMA, type Proof, SET_SCHEMA } from './manifest.ts';

/** How many broken fields a message names. */
const NAMED_ISSUES = 3;

/**
 * Parses manifest.json in full. Throws Failure "damaged" with the JSON path of what is wrong, or "version" when a later
 * Holdfast wrote it.
 */
export async function parseManifest(bytes: Uint8Array): Promise<Manifest> {
  const value = readManifest(bytes);
  const { manifestSchema } = await import('./manifest-schema.ts');
  const checked = manifestSchema.safeParse(value);
  if (!checked.success) throw wrongFields(MANIFEST_FILE, checked.error.issues);
  refuseRepeatedPaths(checked.data);
  return checked.data;
}

/**
 * What the list of sets needs of a manifest, checked by hand because it must be quick: digest, format, and the fields
 * of {@link ManifestSummary}. Since the digest is checked, the rest is what a Holdfast once wrote.
 */
export function parseManifestSummary(bytes: Uint8Array): ManifestSummary {
  const value = readManifest(bytes);
  const issue = issueOfSummary(value);
  if (issue !== undefined) throw wrongFields(MANIFEST_FILE, [issue]);
  return value as unknown as ManifestSummary;
}

/** The part of a manifest that is looked at without opening the set. */
export type ManifestSummary = Pick<
  Manifest,
  'schema' | 'id' | 'createdAt' | 'environment' | 'label' | 'choice' | 'recipients' | 'reencryptedFrom'
> & {
  readonly sources: readonly SourceSummary[];
  readonly skipped: readonly unknown[];
  readonly failed: readonly unknown[];
  readonly extras: readonly { readonly path: string; readonly bytes: number }[];
};

/** One source, as the list of sets knows it. */
export type SourceSummary = Pick<Manifest['sources'][number], 'kind' | 'name' | 'server'> & {
  readonly artifacts: readonly { readonly path: string; readonly bytes: number }[];
  /** Rows or documents that it holds, filled in by the catalogue; missing where nothing is counted. */
  readonly rows?: number;
};

/** Parses a proof. Throws Failure "damaged" or "version". */
export function parseProof(bytes: Uint8Array, fileName: string): Proof {
  const value = asRecord(decodeWithDigest(bytes, fileName));
  refuseOtherFormat(value, PROOF_SCHEMA, fileName);
  const texts = ['set', 'provenAt', 'host', 'holdfastVersion', 'manifestSha256'];
  const wrong = texts.find((name) => typeof value[name] !== 'string');
  if (wrong !== undefined) throw wrongFields(fileName, [{ path: [wrong], message: 'expected a text' }]);
  if (!PROOF_LEVELS.some((level) => level === value.level)) {
    throw wrongFields(fileName, [{ path: ['level'], message: `expected one of ${PROOF_LEVELS.join(', ')}` }]);
  }
  return value as unknown as Proof;
}

function readManifest(bytes: Uint8Array): Record<string, unknown> {
  const value = asRecord(decodeWithDigest(bytes, MANIFEST_FILE));
  refuseOtherFormat(value, SET_SCHEMA, MANIFEST_FILE);
  return value;
}

function refuseOtherFormat(value: Record<string, unknown>, expected: string, file: string): void {
  const found = value.schema;
  if (found === expected) return;
  const [family, version = ''] = typeof found === 'string' ? found.split('/') : [];
  if (family === expected.split('/')[0] && /^v\d+$/.test(version)) {
    throw new Failure('version', {
      message: `"${file}" has the format "${found}", expected "${expected}": a later Holdfast wrote it`,
      hint: 'use that version of Holdfast, or the stock commands in RESTORE.md',
    });
  }
  throw wrongFields(file, [{ path: ['schema'], message: `found ${JSON.stringify(found)}, expected "${expected}"` }]);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function wrongFields(file: string, issues: readonly Issue[]): Failure {
  const told = issues.slice(0, NAMED_ISSUES).map(({ path, message }) => `${jsonPath(path)}: ${message}`);
  const more = issues.length > NAMED_ISSUES ? [`and ${issues.length - NAMED_ISSUES} more`] : [];
  return new Failure('damaged', { message: `"${file}" is not as it must be: ${[...told, ...more].join('; ')}` });
}

/** `$.sources[0].artifacts[1].path` (RFC 9535). */
function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => text + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`), '$');
}

function issueOfSummary(value: Record<string, unknown>): Issue | undefined {
  const text = ['id', 'createdAt', 'environment'].find((name) => typeof value[name] !== 'string');
  if (text !== undefined) return { path: [text], message: 'expected a text' };
  if (Number.isNaN(Date.parse(String(value.createdAt)))) return { path: ['createdAt'], message: 'expected a time' };
  const { choice } = value;
  if (choice !== undefined && !(Array.isArray(choice) && choice.every((word) => typeof word === 'string')))
    return { path: ['choice'], message: 'expected a list of texts' };
  const list = ['sources', 'extras', 'skipped', 'failed'].find((name) => !Array.isArray(value[name]));
  if (list !== undefined) return { path: [list], message: 'expected a list' };
  const broken = asList(value.sources).findIndex((source) => !isSource(asRecord(source)));
  if (broken >= 0) return { path: ['sources', broken], message: 'expected kind, name, server and artifacts' };
  const extra = asList(value.extras).findIndex((file) => !isFile(asRecord(file)));
  return extra >= 0 ? { path: ['extras', extra], message: 'expected path and bytes' } : undefined;
}

function isSource({ kind, name, server, artifacts }: Record<string, unknown>): boolean {
  const files = Array.isArray(artifacts) && artifacts.every((file) => isFile(asRecord(file)));
  return [kind, name, server].every((word) => typeof word === 'string') && files;
}

function isFile({ path, bytes }: Record<string, unknown>): boolean {
  return typeof path === 'string' && typeof bytes === 'number';
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function refuseRepeatedPaths(manifest: Manifest): void {
  const paths = [...manifest.sources.flatMap(({ artifacts }) => artifacts), ...manifest.extras].map(({ path }) => path);
  const repeated = paths.find((path, index) => paths.indexOf(path) !== index);
  if (repeated === undefined) return;
  throw new Failure('damaged', { message: `"${MANIFEST_FILE}" names the file "${repeated}" twice` });
}
