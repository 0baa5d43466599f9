import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestName } from '../common/nearest.ts';
import type { Problems } from './problems.ts';
import type { FileSettings } from './schema.ts';
import { HIDDEN, quote, type Values } from './values.ts';
import type { YamlFile } from './yaml-file.ts';

/** holdfast.yaml, read and checked. */
export interface SettingsFile {
  readonly file: YamlFile;
  readonly settings: FileSettings;
}

const FILE_NAMES = ['holdfast.yaml', 'holdfast.yml'];

/**
 * Reads holdfast.yaml (or .yml) in a folder. Undefined when there is none, or its syntax is wrong. What else is wrong
 * with it is among the problems; it then has nothing but its storages and notifiers, which are still to be checked.
 */
export async function readSettingsFile(
  folder: string,
  values: Values,
  problems: Problems,
): Promise<SettingsFile | undefined> {
  const found = await findFile(folder, problems);
  if (found === undefined) return undefined;
  const { parseYaml } = await import('./yaml-file.ts');
  const file = parseYaml(found.path, found.text, values, problems);
  return file === undefined ? undefined : checkContent(file, problems);
}

async function findFile(folder: string, problems: Problems): Promise<{ path: string; text: string } | undefined> {
  const found: { path: string; text: string }[] = [];
  for (const path of FILE_NAMES.map((name) => join(folder, name))) {
    try {
      found.push({ path, text: await readFile(path, 'utf8') });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') problems.add({ file: path }, `cannot be read: ${code ?? 'unknown error'}`);
    }
  }
  if (found.length > 1) problems.add({ file: folder }, 'found both holdfast.yaml and holdfast.yml, expected one');
  return found[0];
}

async function checkContent(file: YamlFile, problems: Problems): Promise<SettingsFile | undefined> {
  const { fileSchema, knownKeys } = await import('./schema.ts');
  const result = fileSchema.safeParse(file.content, { reportInput: true });
  if (result.success) return { file, settings: result.data };
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        problems.add(file.placeOfKey(issue.path, key), unknownKey(key, issue.path, knownKeys(issue.path)));
      }
    } else {
      // A text in the place of a section may be "password:x", written without the blank; only plain values are shown.
      const plain = issue.code === 'custom' && issue.params?.secret !== true;
      const shown = describe(issue.input, file.writtenAt(issue.path), plain);
      problems.add(file.placeOf(issue.path), `${pathText(issue.path)} is ${shown}, expected ${issue.message}`);
    }
  }
  return { file, settings: { storage: membersIn(file.content, 'storage'), notify: membersIn(file.content, 'notify') } };
}

/** The members of a file in which something else is wrong, so that what is wrong with them is told at once as well. */
function membersIn<Key extends 'storage' | 'notify'>(content: unknown, key: Key): FileSettings[Key] {
  const isSection = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const section = (content as Partial<Record<Key, unknown>>)[key];
  const right = isSection(section) && Object.values(section as object).every(isSection);
  return right ? (section as FileSettings[Key]) : undefined;
}

function unknownKey(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  // What is not like a name may be a value in the wrong place, such as a URL with a password.
  if (!/^[\w.-]{1,40}$/.test(key)) return 'found something that is not a name, expected a setting';
  const where = path.length === 0 ? '' : ` of ${pathText(path)}`;
  const nearest = nearestName(key, known);
  const help = nearest === undefined ? `; known are ${known.join(', ')}` : `; did you mean "${nearest}"?`;
  return `"${key}" is not a setting${where}${help}`;
}

/** "postgres[2].url": lists count from 1, as people do. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}

function describe(input: unknown, written: string | undefined, plain: boolean): string {
  if (written !== undefined) return plain ? `${quote(written)} (its value is not shown)` : HIDDEN;
  if (input === undefined || input === '') return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input !== 'string') return 'a section';
  return plain ? quote(input) : HIDDEN;
}
