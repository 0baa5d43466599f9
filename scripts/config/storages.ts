import { policyOf, type RetentionPolicy } from '../common/policy.ts';
import { Secret } from '../common/secret.ts';
import { loadMember, storageKinds } from '../storage/index.ts';
import type { StorageMember, StorageSetting } from '../storage/member.ts';
import type { ConfiguredStorage } from './config.ts';
import type { SettingsFile } from './file-settings.ts';
import { nearestName } from './nearest.ts';
import { readPasswordFile, resolvePath } from './password-file.ts';
import type { Place } from './problems.ts';
import type { ServerContext } from './servers.ts';
import { HIDDEN, quote } from './values.ts';

/** What a storage in holdfast.yaml may say beside the settings of its member. */
const OWN_KEYS = ['kind', 'retention'];

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
 * else "local". A storage that has the name of its kind takes the names of the environment before holdfast.yaml; one
 * with a name of its own takes what the file says first, so that two of one kind can be told apart.
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
      const settings = readSettings(member, { ...asked, kind }, file, context);
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

type Named = Asked & { readonly kind: string };

function readSettings(
  member: StorageMember,
  asked: Named,
  file: SettingsFile | undefined,
  context: ServerContext,
): Record<string, unknown> {
  refuseUnknown(member, asked, file, context);
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(member.settings)) {
    const fromFile = () => readFromFile(name, setting, asked, file, context);
    const fromNames = () => readFromNames(setting, context);
    const [first, second] = asked.name === asked.kind ? [fromNames, fromFile] : [fromFile, fromNames];
    const value = first() ?? second();
    if (value !== undefined) settings[name] = value;
    else if (setting.required && !context.values.textOf(setting.variable) && asked.section?.[keyOf(name)] === undefined)
      context.problems.add(asked.place, missing(name, setting, asked));
  }
  return settings;
}

function missing(name: string, { variable, about }: StorageSetting, { name: storage, kind }: Named): string {
  const where = storage === kind ? variable : `storage.${storage}.${keyOf(name)}`;
  return `the storage "${storage}" needs ${where} (${about})`;
}

function refuseUnknown(
  member: StorageMember,
  { name, section = {} }: Named,
  file: SettingsFile | undefined,
  context: ServerContext,
): void {
  const known = [...OWN_KEYS, ...Object.entries(member.settings).flatMap(keysOf)];
  for (const key of Object.keys(section)) {
    if (known.includes(key) || file === undefined) continue;
    const nearest = nearestName(key, known);
    const help = nearest === undefined ? `; known are ${known.join(', ')}` : `; did you mean "${nearest}"?`;
    context.problems.add(
      file.file.placeOfKey(['storage', name], key),
      `"${key}" is not a setting of storage.${name}${help}`,
    );
  }
}

function keysOf([name, { meaning }]: readonly [string, StorageSetting]): string[] {
  return meaning === 'secret' ? [keyOf(name), `${keyOf(name)}_file`] : [keyOf(name)];
}

/** The name of a setting as holdfast.yaml spells it: "pathStyle" is "path_style". */
export function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readFromFile(
  name: string,
  setting: StorageSetting,
  { name: storage, section }: Named,
  file: SettingsFile | undefined,
  context: ServerContext,
): unknown {
  const key = keyOf(name);
  if (file === undefined || section === undefined) return undefined;
  const at = (last: string) => ({
    place: file.file.placeOf(['storage', storage, last]),
    subject: `storage.${storage}.${last}`,
  });
  const path = section[`${key}_file`];
  if (setting.meaning === 'secret' && typeof path === 'string') return secretOfFile(path, at(`${key}_file`), context);
  if (section[key] === undefined) return undefined;
  return understand(setting, section[key], at(key), context);
}

function readFromNames(setting: StorageSetting, context: ServerContext): unknown {
  const { variable, meaning } = setting;
  const found = context.values.find(variable);
  if (found !== undefined) return understand(setting, found.value, { place: found.place, subject: variable }, context);
  const path = meaning === 'secret' ? context.values.find(`${variable}_FILE`) : undefined;
  return path && secretOfFile(path.value, { place: path.place, subject: `${variable}_FILE` }, context);
}

interface At {
  readonly place: Place;
  readonly subject: string;
}

function understand({ rule, meaning }: StorageSetting, text: unknown, at: At, context: ServerContext): unknown {
  const value = rule.read(text);
  if (value === undefined) {
    const shown = rule.secret || typeof text !== 'string' ? HIDDEN : quote(text);
    context.problems.add(at.place, `${at.subject} is ${shown}, expected ${rule.wanted}`);
    return undefined;
  }
  if (meaning === 'secret') return new Secret(String(value));
  return meaning === 'file' ? resolvePath(context.folder, String(value)) : value;
}

function secretOfFile(path: string, at: At, context: ServerContext): Secret | undefined {
  const found = readPasswordFile(resolvePath(context.folder, path));
  if (typeof found !== 'string') return found;
  context.problems.add(at.place, `${at.subject}: ${found}`);
  return undefined;
}
