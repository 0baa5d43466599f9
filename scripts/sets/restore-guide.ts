import { shellWord } from '../common/shell-word.ts';
import type { ManualStep } from '../datastores/datastore.ts';
import {
  AGE,
  GUIDE_FILE,
  IDENTITY_FILE,
  MANIFEST_FILE,
  type Manifest,
  type ManifestSource,
  plainPath,
  SIGNATURE_FILE,
  SIGNATURE_NAMESPACE,
} from './manifest.ts';

/** The stock commands of one source, as its datastore gives them. */
export interface SourceSteps {
  readonly source: ManifestSource;
  readonly steps: readonly ManualStep[];
}

/** What the guide must know beside the manifest. */
export interface GuideOptions {
  /** The manifest is going to be signed. */
  readonly signed: boolean;
  /** The set holds an identity that a passphrase opens. */
  readonly ownIdentity?: boolean;
}

/**
 * The text of RESTORE.md: how to restore this very set by hand. Read by a person in trouble, and run by a test: every
 * ```sh block, in order, in the folder of the set, with `sh -e`.
 */
export function restoreGuide(
  manifest: Omit<Manifest, 'extras'>,
  sources: readonly SourceSteps[],
  { signed, ownIdentity = false }: GuideOptions,
): string {
  const parts = [
    heading(manifest),
    ...absences(manifest),
    ...(signed ? [signature()] : []),
    checksums(manifest),
    ...decryption(manifest, ownIdentity),
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

/** The first command proves the signature, the second that this very page belongs to what was signed. */
function signature(): string {
  return [
    '## Who made this set?',
    'Its manifest is signed. These two commands, of any OpenSSH since 8.1, must end without an error:',
    fence([
      `ssh-keygen -Y check-novalidate -n ${SIGNATURE_NAMESPACE} -s ${SIGNATURE_FILE} < ${MANIFEST_FILE}`,
      `grep -q "$(sha256sum < ${GUIDE_FILE} | cut -c1-64)" ${MANIFEST_FILE}`,
    ]),
    [
      'The first prints the key: compare it with the one that you trust, or let ssh-keygen do that with a file of allowed signers:',
      `\`ssh-keygen -Y verify -f ALLOWED_SIGNERS -I NAME -n ${SIGNATURE_NAMESPACE} -s ${SIGNATURE_FILE} < ${MANIFEST_FILE}\`.`,
      'The second shows that this page, and so the checksums below, belong to what was signed.',
    ].join('\n'),
  ].join('\n\n');
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

/** Every command after this one takes the plain files. */
function decryption({ sources, recipients = [] }: Omit<Manifest, 'extras'>, ownIdentity: boolean): string[] {
  const sealed = sources.flatMap(({ artifacts }) => artifacts).filter(({ encryption }) => encryption === AGE);
  if (sealed.length === 0) return [];
  const how = ownIdentity
    ? `An identity lies in this folder, protected with a passphrase: \`(umask 077; age -d -o identity.txt ${IDENTITY_FILE})\` asks for it, then \`export AGE_IDENTITY=identity.txt\`. Any other identity of a key above does as well.`
    : 'Set AGE_IDENTITY to the file of a private key of one of them: `export AGE_IDENTITY=/media/usb/holdfast-identity.txt`.';
  return [
    [
      '## Then: decrypt',
      'The files are encrypted with age (https://age-encryption.org; Debian: `apt-get install age`) for these keys:',
      [...recipients.map((key) => keyLine(key)), ...sources.flatMap(ownKeys)].join('\n'),
      how,
      fence(
        sealed.map(
          (artifact) => `age -d -i "$AGE_IDENTITY" -o ${shellWord(plainPath(artifact))} ${shellWord(artifact.path)}`,
        ),
      ),
      'The plain files stay in this folder: remove them when everything is back.',
    ].join('\n\n'),
  ];
}

function keyLine(key: string, note = ''): string {
  return `- \`${inline(key)}\`${note}`;
}

/** A source may be encrypted for other keys than the set. */
function ownKeys({ kind, name, recipients = [] }: ManifestSource): string[] {
  return recipients.map((key) => keyLine(key, `, which opens ${inline(`${kind}/${name}`)} alone`));
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
