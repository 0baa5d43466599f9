import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestName } from '../common/nearest.ts';
import type { Environment } from './environment.ts';
import { memberVariables } from './member-variables.ts';
import { isSettingName, SETTINGS } from './names.ts';
import { type Place, type Problems, placeAt } from './problems.ts';

/** A .env that was read. */
export interface EnvFile {
  readonly path: string;
  readonly values: Environment;
  /** Where the name stands that counts (the last one, as dotenv has it). */
  placeOfName(name: string): Place;
  /** Where its value begins. */
  placeOfValue(name: string): Place;
}

type Parse = (source: string) => Record<string, string>;

/** Stands in for a name to ask dotenv whether the place is one where it reads names. */
const PROBE = 'HOLDFAST_PROBE_OF_A_NAME';

/** The words before which a name is ours, and a mistyped one an error. Everything else belongs to other programs. */
const OURS = /^(?:BACKUP|HOLDFAST)_/i;

/**
 * Reads .env in a folder; undefined when there is none (a folder of that name is a Python environment, not ours).
 * Nothing is written to process.env. Names of ours that are not known, and lines that dotenv would pass over in
 * silence, are added to the problems. Throws the errno error when the file cannot be read.
 */
export async function readEnvFile(folder: string, problems: Problems): Promise<EnvFile | undefined> {
  const path = join(folder, '.env');
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    problems.add({ file: path }, `cannot be read: ${error.code ?? 'unknown error'}`);
    return undefined;
  });
  if (content === undefined) return undefined;
  const { parse } = await import('dotenv');
  const text = content.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const file = openEnvText(path, text, parse);
  const names = new KnownNames();
  await checkNames(file, names, problems);
  await checkLines(path, text, parse, names, problems);
  await checkCutValues(file, text, names, problems);
  return file;
}

function openEnvText(path: string, text: string, parse: Parse): EnvFile & { valueOffset(name: string): number } {
  const nameOffset = (name: string): number => findName(text, name, parse);
  const valueOffset = (name: string): number => {
    const start = nameOffset(name) + name.length;
    return start + (/^\s*[=:][^\S\n]*["'`]?/.exec(text.slice(start))?.[0].length ?? 0);
  };
  return {
    path,
    values: parse(text),
    placeOfName: (name) => placeAt(path, text, nameOffset(name)),
    placeOfValue: (name) => placeAt(path, text, valueOffset(name)),
    valueOffset,
  };
}

/**
 * The offset of the last place where dotenv itself reads this name; a quoted value of many lines may hold the same
 * words. Only called for names that are wrong, so that its cost does not matter.
 */
function findName(text: string, name: string, parse: Parse): number {
  const places = [
    ...text.matchAll(new RegExp(`(?<=^[^\\S\\n]*(?:export\\s+)?)${name.replace(/[.-]/g, '\\$&')}\\b`, 'gm')),
  ];
  const real = places.findLast(({ index }) => PROBE in parse(replaceAt(text, index, name.length, PROBE)));
  return real?.index ?? 0;
}

function replaceAt(text: string, offset: number, length: number, replacement: string): string {
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}

async function checkNames(file: EnvFile, names: KnownNames, problems: Problems): Promise<void> {
  for (const name of Object.keys(file.values)) {
    if (!OURS.test(name) || (await names.has(name))) continue;
    problems.add(file.placeOfName(name), `"${name}" is not a setting of Holdfast${await names.didYouMean(name)}`);
  }
}

/** `BACKUP_PARALLEL 4`: dotenv passes over such a line without a word, and the person believes it is set. */
async function checkLines(
  path: string,
  text: string,
  parse: Parse,
  names: KnownNames,
  problems: Problems,
): Promise<void> {
  for (const { 0: line, index, groups } of text.matchAll(
    /^[^\S\n]*(?:export\s+)?(?<name>(?:BACKUP|HOLDFAST)_\w*)\b(?!\s*[=:]).*$/gim,
  )) {
    if (!(PROBE in parse(replaceAt(text, index, line.length, `${PROBE}=`)))) continue;
    const name = groups?.name ?? '';
    const place = placeAt(path, text, index + line.indexOf(name));
    problems.add(place, `found no "=" after "${name}"${await names.didYouMean(name)}`);
  }
}

/** dotenv ends a value without quotes at "#", also in the middle of a password or a folder. */
async function checkCutValues(
  file: EnvFile & { valueOffset(name: string): number },
  text: string,
  names: KnownNames,
  problems: Problems,
): Promise<void> {
  if (!text.includes('#')) return;
  for (const name of Object.keys(file.values)) {
    if (!(await names.isUsed(name))) continue;
    const offset = file.valueOffset(name);
    if (/["'`]/.test(text[offset - 1] ?? '') || !/^[^\s#][^#\n]*(?<!\s)#/.test(text.slice(offset))) continue;
    problems.add(file.placeOfValue(name), `${name} is cut off at "#"; put the whole value in single quotes`);
  }
}

/** The names of this program. Those of the members (storages, notifiers) are only asked for when a name is not among the others. */
class KnownNames {
  #members: ReadonlySet<string> | undefined;

  async has(name: string): Promise<boolean> {
    return isSettingName(name) || (await this.#ofMembers()).has(name);
  }

  /** Does it have an effect in this version? */
  async isUsed(name: string): Promise<boolean> {
    return isSettingName(name) || (await this.#ofMembers()).has(name);
  }

  async didYouMean(name: string): Promise<string> {
    const nearest = nearestName(name, [...Object.keys(SETTINGS), ...(await this.#ofMembers())]);
    return nearest === undefined || nearest === name ? '' : `; did you mean "${nearest}"?`;
  }

  async #ofMembers(): Promise<ReadonlySet<string>> {
    this.#members ??= new Set((await memberVariables()).map(({ name }) => name));
    return this.#members;
  }
}
