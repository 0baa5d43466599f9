import type { ManualStep } from '../datastores/datastore.ts';
import { MANIFEST_FILE, type Manifest, type ManifestSource } from './manifest.ts';

/** The stock commands of one source, as its datastore gives them. */
export interface SourceSteps {
  readonly source: ManifestSource;
  readonly steps: readonly ManualStep[];
}

/**
 * The text of RESTORE.md: how to restore this very set by hand. Read by a person in trouble, and run by a test: every
 * ```sh block, in order, in the folder of the set, with `sh -e`.
 */
export function restoreGuide(manifest: Omit<Manifest, 'extras'>, sources: readonly SourceSteps[]): string {
  const parts = [
    heading(manifest),
    ...absences(manifest),
    checksums(manifest),
    ...sources.map(sourceSection),
    `Facts of every source (versions, counts, owners) are in \`${MANIFEST_FILE}\`.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function heading({ id, environment, host, createdAt, label, holdfastVersion }: Omit<Manifest, 'extras'>): string {
  const facts = [
    ['Taken', `${inline(createdAt)} (UTC)`],
    ['Environment', inline(environment)],
    ['On host', inline(host)],
    ...(label === undefined ? [] : [['Label', inline(label)]]),
    ['By', `Holdfast ${inline(holdfastVersion)}`],
  ];
  return [
    `# How to restore the set ${inline(id)} by hand`,
    facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    `With Holdfast at hand, \`holdfast restore ${inline(id)}\` does all of this and checks it.`,
    'Without it, run the commands below in order, in this folder. **They write over what is there.**',
  ].join('\n\n');
}

/** What is not in the set is said at the top, where nobody misses it. */
function absences({ skipped, failed }: Omit<Manifest, 'extras'>): string[] {
  const lines = [
    ...failed.map(
      ({ kind, name, reason }) => `- NOT in this set, it failed: ${inline(`${kind}/${name}`)}: ${inline(reason)}`,
    ),
    ...skipped.map(
      ({ kind, name, reason }) => `- Not in this set, skipped: ${inline(`${kind}/${name}`)}: ${inline(reason)}`,
    ),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function checksums({ sources }: Omit<Manifest, 'extras'>): string {
  const artifacts = sources.flatMap((source) => source.artifacts);
  if (artifacts.length === 0) return 'The set holds no artifacts.';
  return [
    '## First: are the files whole?',
    'Every line must end in `OK`. (On macOS: `shasum -a 256 -c` instead of `sha256sum -c`.)',
    fence(["sha256sum -c <<'SUMS'", ...artifacts.map(({ path, sha256 }) => `${sha256}  ${path}`), 'SUMS']),
  ].join('\n\n');
}

function sourceSection({ source, steps }: SourceSteps): string {
  const { kind, name, server, serverVersion, consistency } = source;
  return [
    `## ${inline(`${kind}/${name}`)}`,
    `From server ${inline(server)}, version ${inline(serverVersion)}; consistency: ${inline(consistency)}.`,
    ...source.warnings.map((warning) => `- Mind: ${inline(warning)}`),
    ...steps.flatMap(({ title, commands }, index) => [`${index + 1}. ${inline(title)}`, fence(commands)]),
  ].join('\n\n');
}

function fence(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

/** Names come from databases: none may break out of its line and become a command block of its own. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('```', "'''").trim();
}
