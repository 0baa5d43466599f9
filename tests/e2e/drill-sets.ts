import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeWithDigest, sha256 } from '../../scripts/sets/digest.ts';
import type { Manifest, ManifestArtifact } from '../../scripts/sets/manifest.ts';
import { writeProof } from '../../scripts/sets/proof.ts';
import { localStorage } from '../../scripts/storage/local.ts';
import type { Project } from './holdfast.ts';

/** What `holdfast drill --json` prints of one source. */
export interface DrilledSource {
  readonly label: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly report?: { readonly objects: number; readonly rows: number };
  readonly checks: readonly { readonly name: string; readonly verdict: string; readonly found?: string }[];
}

/** What `holdfast drill --json` prints. */
export interface DrillAnswer {
  readonly verdict: string;
  readonly set: string;
  readonly reasons: readonly string[];
  readonly sources: readonly DrilledSource[];
  readonly restoreMilliseconds: number;
  readonly startMilliseconds: number;
  readonly proof?: { readonly level: string; readonly storages: readonly string[] };
  readonly kept: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** Runs a drill and gives its exit code and what it printed. */
export async function drill(
  project: Project,
  ...words: string[]
): Promise<{ code: number | null; answer: DrillAnswer; stderr: string }> {
  const run = await project.run('drill', ...words, '--json');
  return { code: run.code, answer: JSON.parse(run.stdout) as DrillAnswer, stderr: run.stderr };
}

/** Reads the manifest of a set. */
export async function manifestOf(project: Project, set: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(project.backups, set, 'manifest.json'), 'utf8')) as Manifest;
}

/** Copies a set under another name, as it is. */
export async function copyAs(project: Project, set: string, name: string): Promise<void> {
  await cp(join(project.backups, set), join(project.backups, name), { recursive: true });
}

/** Cuts an artifact of a set in half. */
export async function cutInHalf(project: Project, set: string, { path, bytes }: ManifestArtifact): Promise<void> {
  await truncate(join(project.backups, set, path), Math.floor(bytes / 2));
}

/** Turns over one bit in the middle of an artifact. */
export async function flipByte(project: Project, set: string, { path, bytes }: ManifestArtifact): Promise<void> {
  const file = join(project.backups, set, path);
  const content = await readFile(file);
  const at = Math.floor(bytes / 2);
  content[at] = (content[at] ?? 0) ^ 1;
  await writeFile(file, content);
}

/**
 * Writes a manifest anew after its artifacts were changed: every checksum fits, so that nothing but a restore shows that
 * the set does not hold what it says. With `readable` there is also a proof that every dump was read to its end.
 */
export async function forge(project: Project, name: string, { readable = false } = {}): Promise<void> {
  const folder = join(project.backups, name);
  const { digest: _, ...manifest } = (await manifestOf(project, name)) as Manifest & { digest: string };
  const sources = await Promise.all(
    manifest.sources.map(async (source) => ({
      ...source,
      artifacts: await Promise.all(source.artifacts.map((one) => measured(folder, one))),
    })),
  );
  const bytes = encodeWithDigest({ ...manifest, id: name, sources });
  await writeFile(join(folder, 'manifest.json'), bytes);
  if (!readable) return;
  await writeProof(localStorage({ name: 'local', folder: project.backups }), {
    set: name,
    level: 'readable',
    provenAt: new Date().toISOString(),
    host: hostname(),
    holdfastVersion: '0.0.0',
    manifestSha256: sha256(bytes),
    sources: [],
  });
}

async function measured(folder: string, artifact: ManifestArtifact): Promise<ManifestArtifact> {
  const content = await readFile(join(folder, artifact.path));
  return { ...artifact, bytes: content.length, sha256: sha256(content) };
}
