import type { MemberSetting, MemberSettings } from '../common/member-setting.ts';
import { nearestName } from '../common/nearest.ts';
import { Secret } from '../common/secret.ts';
import type { SettingsFile } from './file-settings.ts';
import { readPasswordFile, resolvePath } from './password-file.ts';
import type { Place } from './problems.ts';
import type { ServerContext } from './servers.ts';
import { HIDDEN, quote } from './values.ts';

/** A part of holdfast.yaml that names members of a room: storages, notifiers. */
export interface MemberSection {
  /** Its key: "storage". */
  readonly key: 'storage' | 'notify';
  /** For people: "the storage". */
  readonly called: string;
  /** What each entry may say beside the settings of its member. */
  readonly ownKeys: readonly string[];
}

/** One member that is asked for, and where. */
export interface AskedMember {
  readonly name: string;
  readonly kind: string;
  readonly place: Place;
  /** What holdfast.yaml says of it. */
  readonly section: Readonly<Record<string, unknown>> | undefined;
}

/** All that a value is read with. */
interface Reading {
  readonly section: MemberSection;
  readonly asked: AskedMember;
  readonly file: SettingsFile | undefined;
  readonly context: ServerContext;
}

/**
 * The settings of a member, checked; what is wrong or missing is added to the problems. One that has the name of its
 * kind takes the names of the environment before holdfast.yaml; one with a name of its own takes what the file says
 * first, so that two of one kind can be told apart.
 */
export function readMemberSettings(settings: MemberSettings, reading: Reading): Record<string, unknown> {
  refuseUnknown(settings, reading);
  const { asked, context } = reading;
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const fromFile = () => readFromFile(name, setting, reading);
    const fromNames = () => readFromNames(setting, context);
    const [first, second] = asked.name === asked.kind ? [fromNames, fromFile] : [fromFile, fromNames];
    const value = first() ?? second();
    if (value !== undefined) values[name] = value;
    else if (setting.required && !isWritten(name, setting, reading))
      context.problems.add(asked.place, missing(name, setting, reading));
  }
  return values;
}

/** What is written and wrong is among the problems already. */
function isWritten(name: string, { variable }: MemberSetting, { asked: { section }, context }: Reading): boolean {
  const inNames = [variable, `${variable}_FILE`].some((each) => Boolean(context.values.textOf(each)));
  return inNames || [keyOf(name), `${keyOf(name)}_file`].some((key) => section?.[key] !== undefined);
}

function missing(name: string, { variable, about }: MemberSetting, { section, asked }: Reading): string {
  const where = asked.name === asked.kind ? variable : `${section.key}.${asked.name}.${keyOf(name)}`;
  return `${section.called} "${asked.name}" needs ${where} (${about})`;
}

function refuseUnknown(settings: MemberSettings, { section, asked, file, context }: Reading): void {
  const known = [...section.ownKeys, ...Object.entries(settings).flatMap(keysOf)];
  for (const key of Object.keys(asked.section ?? {})) {
    if (known.includes(key) || file === undefined) continue;
    const nearest = nearestName(key, known);
    const help = nearest === undefined ? `; known are ${known.join(', ')}` : `; did you mean "${nearest}"?`;
    const place = file.file.placeOfKey([section.key, asked.name], key);
    context.problems.add(place, `"${key}" is not a setting of ${section.key}.${asked.name}${help}`);
  }
}

function keysOf([name, { meaning }]: readonly [string, MemberSetting]): string[] {
  return meaning === 'secret' ? [keyOf(name), `${keyOf(name)}_file`] : [keyOf(name)];
}

/** The name of a setting as holdfast.yaml spells it: "pathStyle" is "path_style". */
export function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function readFromFile(name: string, setting: MemberSetting, { section, asked, file, context }: Reading): unknown {
  const key = keyOf(name);
  const written = asked.section;
  if (file === undefined || written === undefined) return undefined;
  const at = (last: string) => ({
    place: file.file.placeOf([section.key, asked.name, last]),
    subject: `${section.key}.${asked.name}.${last}`,
  });
  const path = written[`${key}_file`];
  if (setting.meaning === 'secret' && typeof path === 'string') {
    return secretOfFile(setting, path, at(`${key}_file`), context);
  }
  return written[key] === undefined ? undefined : understand(setting, written[key], at(key), context);
}

function readFromNames(setting: MemberSetting, context: ServerContext): unknown {
  const { variable, meaning } = setting;
  const found = context.values.find(variable);
  if (found !== undefined) return understand(setting, found.value, { place: found.place, subject: variable }, context);
  const path = meaning === 'secret' ? context.values.find(`${variable}_FILE`) : undefined;
  return path && secretOfFile(setting, path.value, { place: path.place, subject: `${variable}_FILE` }, context);
}

interface At {
  readonly place: Place;
  readonly subject: string;
}

function understand({ rule, meaning }: MemberSetting, text: unknown, at: At, context: ServerContext): unknown {
  const value = rule.read(text);
  if (value === undefined) {
    const shown = rule.secret || typeof text !== 'string' ? HIDDEN : quote(text);
    context.problems.add(at.place, `${at.subject} is ${shown}, expected ${rule.wanted}`);
    return undefined;
  }
  if (meaning === 'secret') return new Secret(String(value));
  return meaning === 'file' ? resolvePath(context.folder, String(value)) : value;
}

function secretOfFile({ rule }: MemberSetting, path: string, at: At, context: ServerContext): Secret | undefined {
  const found = readPasswordFile(resolvePath(context.folder, path));
  const problem = typeof found === 'string' ? `${at.subject}: ${found}` : undefined;
  if (typeof found !== 'string' && rule.read(found.reveal()) !== undefined) return found;
  context.problems.add(at.place, problem ?? `${at.subject}: the file does not hold ${rule.wanted}`);
  return undefined;
}
