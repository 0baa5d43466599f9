import { Failure } from '../../common/failure.ts';
import type { RestoreParts } from '../../datastores/restore.ts';
import { isCluster, type RestoreItem } from './plan.ts';

/** The flags that choose parts of a source, and where they go. */
export interface PartFlags {
  readonly tables?: string;
  readonly schema?: string;
  readonly collections?: string;
  readonly into?: string;
}

/** The parts that were asked for; undefined: everything. Throws Failure "usage" for an empty list. */
export function parseParts({ tables, schema, collections }: PartFlags): RestoreParts | undefined {
  if (tables === undefined && schema === undefined && collections === undefined) return undefined;
  return {
    tables: namesIn('--tables', tables),
    schemas: namesIn('--schema', schema),
    collections: namesIn('--collections', collections),
  };
}

/** Commas within double quotes belong to a name. */
function namesIn(flag: string, text: string | undefined): string[] {
  if (text === undefined) return [];
  const names = (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((name) => name.trim()).filter((name) => name !== '');
  if (names.length > 0) return names;
  throw new Failure('usage', { message: `found ${flag} "${text}", expected names with commas between them` });
}

/**
 * Parts belong to one database, and so does `--into`; roles are not chosen with them (those that are needed are made all
 * the same). Throws Failure "usage" when the flags do not fit what was chosen.
 */
export function applyParts(items: readonly RestoreItem[], flags: PartFlags): RestoreItem[] {
  const parts = parseParts(flags);
  if (parts === undefined && flags.into === undefined) return [...items];
  const databases = items.filter((item) => !isCluster(item));
  const fitting = databases.filter(({ source }) => fits(source.kind, parts));
  const [item, ...others] = fitting;
  if (item === undefined || others.length > 0) throw oneDatabase(fitting.length > 0 ? fitting : databases);
  return [{ ...item, parts, ...(flags.into === undefined ? {} : { target: flags.into, mustBeNew: true }) }];
}

function fits(kind: string, parts: RestoreParts | undefined): boolean {
  if (parts === undefined) return true;
  return kind === 'mongo' ? parts.collections.length > 0 : parts.tables.length + parts.schemas.length > 0;
}

function oneDatabase(items: readonly RestoreItem[]): Failure {
  const labels = items.map(({ label }) => label);
  return new Failure('usage', {
    message: `parts of a database, and --into, need exactly one database; chosen are ${labels.join(', ') || 'none'}`,
    hint: `name it: --only ${labels[0] ?? 'postgres/app'}`,
  });
}
