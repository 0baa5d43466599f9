import { policyOf, type RetentionPolicy } from '../common/policy.ts';
import { loadMember, storageKinds } from '../storage/index.ts';
import type { ConfiguredStorage } from './config.ts';
import type { SettingsFile } from './file-settings.ts';
import { type MemberSection, readMemberSettings } from './member-settings.ts';
import type { Place } from './problems.ts';
import type { ServerContext } from './servers.ts';
import { quote } from './values.ts';

const SECTION: MemberSection = { key: 'storage', called: 'the storage', ownKeys: ['kind', 'retention'] };

type Section = Readonly<Record<string, unknown>> & { readonly retention?: RetentionPolicy | undefined };

/** One storage that is asked for, and where. */
interface Asked {
  readonly name: string;
  readonly place: Place;
  /** How the place is named in errors. */
  readonly subject: string;
  readonly section: Section | undefined;
}

/**
 * The storages that are asked for, in their order: the words of BACKUP_STORAGE, else the names that holdfast.yaml lists,
 * else "local".
 */
export async function readStorages(
  file: SettingsFile | undefined,
  context: ServerContext,
): Promise<ConfiguredStorage[]> {
  const choices: ConfiguredStorage[] = [];
  for (const asked of askedStorages(file, context)) {
    const kind = typeof asked.section?.kind === 'string' ? asked.section.kind : asked.name;
    const member = await loadMember(kind);
    if (member === undefined) context.problems.add(asked.place, unknownKind(asked, kind, file));
    else {
      const reading = { section: SECTION, asked: { ...asked, kind }, file, context };
      const settings = readMemberSettings(member.settings, reading);
      const retention = policyOf(asked.section?.retention ?? {});
      const own = Object.keys(retention).length > 0 ? { retention } : {};
      choices.push({ name: asked.name, kind, settings, ...own });
    }
  }
  return choices;
}

function askedStorages(file: SettingsFile | undefined, { values }: ServerContext): Asked[] {
  const sections = sectionsOf(file);
  const words = values.get('BACKUP_STORAGE');
  if (words !== undefined) {
    const { place } = words;
    return words.value.map((name) => ({ name, place, subject: 'BACKUP_STORAGE', section: sections[name] }));
  }
  const names = Object.keys(sections);
  if (file === undefined || names.length === 0) {
    return [{ name: 'local', place: { file: 'defaults' }, subject: 'BACKUP_STORAGE', section: undefined }];
  }
  return names.map((name) => ({
    name,
    place: file.file.placeOfKey(['storage'], name),
    subject: `storage.${name}`,
    section: sections[name],
  }));
}

function sectionsOf(file: SettingsFile | undefined): Readonly<Record<string, Section>> {
  return (file?.settings.storage ?? {}) as Readonly<Record<string, Section>>;
}

function unknownKind({ name, subject, section }: Asked, kind: string, file: SettingsFile | undefined): string {
  const known = [...storageKinds(), ...(section === undefined ? Object.keys(sectionsOf(file)) : [])];
  const expected = `expected one of ${known.map((word) => `"${word}"`).join(', ')}`;
  if (subject === 'BACKUP_STORAGE' && section === undefined) return `${subject} is ${quote(name)}, ${expected}`;
  return `storage.${name} is of the kind ${quote(kind)}, ${expected}`;
}
