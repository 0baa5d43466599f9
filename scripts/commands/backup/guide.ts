import type { DumpFacts, ManualStep } from '../../datastores/datastore.ts';
import { isKind, loadDatastore } from '../../datastores/index.ts';
import { type Manifest, type ManifestSource, plainPath } from '../../sets/manifest.ts';
import { type GuideOptions, restoreGuide } from '../../sets/restore-guide.ts';
import type { SetFacts } from '../../sets/writer.ts';

/** Prepares the writer of RESTORE.md: each source's datastore gives the stock commands. Roles of a cluster come first. */
export async function guideWriter(
  facts: SetFacts,
  options: GuideOptions,
): Promise<(manifest: Omit<Manifest, 'extras'>) => string> {
  const ordered = [...facts.sources].sort((one, other) => Number(isCluster(other)) - Number(isCluster(one)));
  const sections = await Promise.all(ordered.map(async (source) => ({ source, steps: await stepsOf(source) })));
  return (manifest) => restoreGuide(manifest, sections, options);
}

function isCluster({ name }: ManifestSource): boolean {
  return name === 'globals.sql';
}

async function stepsOf(source: ManifestSource): Promise<readonly ManualStep[]> {
  if (!isKind(source.kind)) return [];
  const { name, artifacts, fingerprint, details, warnings } = source;
  const facts = { consistency: source.consistency, fingerprint, details, warnings } as DumpFacts;
  const fileNames = artifacts.map(plainPath);
  return (await loadDatastore(source.kind)).manualRestore({ name, target: name, fileNames, facts });
}
