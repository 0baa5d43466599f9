import { basename, join, relative } from 'node:path';
import type { FileSource } from '../datastores/datastore.ts';
import type { Config } from './config.ts';
import { FILE_RULES } from './file-rules.ts';
import { pathText, type SettingsFile } from './file-settings.ts';
import { resolvePath } from './password-file.ts';
import type { Place } from './problems.ts';
import type { ServerContext } from './servers.ts';

/** One source as it is written, and where. */
interface Written {
  readonly name?: string | undefined;
  readonly path?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly command?: WrittenCommand | undefined;
  readonly place: Place;
  /** How it is called in errors. */
  readonly subject: string;
}

type WrittenCommand = NonNullable<NonNullable<SettingsFile['settings']['files']>[number]['command']>;

/**
 * The folders, files and export commands to back up: those of BACKUP_FILES, or those that holdfast.yaml lists. What cannot
 * be is added to the problems: two of one name, one that is neither a path nor a command.
 */
export function readFileSources(file: SettingsFile | undefined, context: ServerContext): FileSource[] {
  const { values, problems } = context;
  const listed = ofFile(file);
  const named = values.get('BACKUP_FILES');
  if (named !== undefined && listed.length > 0 && !file?.file.taken.has('BACKUP_FILES')) {
    const message = `found BACKUP_FILES while ${file?.file.path} lists files; remove one of them`;
    problems.add(named.place, message);
  }
  const ofValues = (named?.value ?? []).map((path) => ({
    path,
    place: named?.place as Place,
    subject: `BACKUP_FILES "${path}"`,
  }));
  const sources = (listed.length > 0 ? listed : ofValues).map((written) => ({
    written,
    source: read(written, context),
  }));
  const names = new Map<string, string>();
  for (const { written, source } of sources) {
    if (source === undefined) continue;
    const other = names.get(source.name);
    names.set(source.name, written.subject);
    if (other !== undefined) problems.add(written.place, sameName(source.name, other, written.subject));
  }
  return sources.flatMap(({ source }) => source ?? []);
}

/** A folder without the sets that lie in it: a backup that takes the earlier ones along would grow from day to day. */
export function withoutSets(source: FileSource, storages: Config['storages'], folder: string): FileSource {
  if (!('path' in source)) return source;
  const local = storages.filter(({ kind }) => kind === 'local');
  const inside = local
    .map(({ settings }) => relative(source.path, String(settings.folder ?? join(folder, 'backups'))))
    .filter((path) => path !== '' && path !== '..' && !path.startsWith('../'));
  return { ...source, exclude: [...source.exclude, ...inside.map((path) => `/${path}`)] };
}

function sameName(name: string, one: string, other: string): string {
  return `${one} and ${other} would both be called "${name}"; list them under "files" in holdfast.yaml, each with a name`;
}

function ofFile(found: SettingsFile | undefined): Written[] {
  return (found?.settings.files ?? []).map((written, at) => ({
    ...written,
    place: (found as SettingsFile).file.placeOf(['files', at]),
    subject: pathText(['files', at]),
  }));
}

function read(written: Written, { folder, problems }: ServerContext): FileSource | undefined {
  const { path, command, exclude, place, subject } = written;
  const wrong = (what: string): undefined => {
    problems.add(place, `${subject}: ${what}`);
    return undefined;
  };
  if ((path === undefined) === (command === undefined)) return wrong('expected one of "path" and "command"');
  const name =
    written.name ?? (path === undefined ? undefined : FILE_RULES.name.read(basename(resolvePath(folder, path))));
  if (name === undefined) return wrong('needs a name of letters, digits, "_", "." and "-": "name" in holdfast.yaml');
  if (path !== undefined) return { name, path: resolvePath(folder, path), exclude: exclude ?? [] };
  if (exclude !== undefined) return wrong('"exclude" is for a path: an export command says itself what it exports');
  const { dump, restore, check } = command as WrittenCommand;
  if (dump === undefined) return wrong('the command has no "dump"');
  return { name, command: { dump, restore, check } };
}
