import { Failure } from '../../../common/failure.ts';
import { nearestName } from '../../../common/nearest.ts';
import type { RestoreParts } from '../../restore.ts';
import type { ArchiveEntry } from '../archive/contents.ts';
import { quoteIdentifier } from '../sql.ts';
import { isRelation } from './parts-owners.ts';

/** What was asked for by its name. */
export interface NamedParts {
  readonly relations: ReadonlySet<ArchiveEntry>;
  readonly schemas: ReadonlySet<string>;
}

/** "schema.name", as fingerprints spell a table. */
export function spell({ schema, tag }: Pick<ArchiveEntry, 'schema' | 'tag'>): string {
  return schema === undefined || schema === '' ? tag : `${schema}.${tag}`;
}

/**
 * Finds what people named: letter by letter, case counts, with double quotes or without. Throws Failure "not-found"
 * with the nearest name, or "ambiguous" where two are spelled alike ("a.b"."c" and "a"."b.c").
 */
export function findNamed(entries: readonly ArchiveEntry[], parts: RestoreParts): NamedParts {
  const relations = entries.filter(isRelation);
  const schemas = schemasOf(entries);
  return {
    relations: new Set(parts.tables.map((text) => findRelation(relations, text))),
    schemas: new Set(parts.schemas.map((text) => findSchema(schemas, text))),
  };
}

function findRelation(relations: readonly ArchiveEntry[], text: string): ArchiveEntry {
  const [found, second] = relations.filter((relation) => spellings(relation).includes(text));
  if (found === undefined) throw noSuchTable(relations, text);
  if (second === undefined) return found;
  const both = [found, second].map(({ schema = '', tag }) => `${quoteIdentifier(schema)}.${quoteIdentifier(tag)}`);
  throw new Failure('ambiguous', { message: `the name ${text} means ${both.join(' and ')}: say which` });
}

/** Every way to write a name; the schema "public" may be left out. */
function spellings({ schema = '', tag }: ArchiveEntry): string[] {
  const names = [tag, quoteIdentifier(tag)];
  const full = [schema, quoteIdentifier(schema)].flatMap((start) => names.map((name) => `${start}.${name}`));
  return schema === 'public' ? [...names, ...full] : full;
}

function noSuchTable(relations: readonly ArchiveEntry[], text: string): Failure {
  const tables = relations.filter(({ description }) => description === 'TABLE').length;
  const plain = text.replaceAll('"', '');
  const wanted = plain.includes('.') ? plain : `public.${plain}`;
  const elsewhere = relations.filter(({ tag }) => tag === plain).map(spell);
  const near = elsewhere.length > 0 ? elsewhere : nearest(wanted, relations.map(spell));
  return notFound(`table "${text}"`, near, `${tables} tables`);
}

function findSchema(schemas: ReadonlySet<string>, text: string): string {
  const found = [...schemas].find((name) => name === text || quoteIdentifier(name) === text);
  if (found !== undefined) return found;
  throw notFound(`schema "${text}"`, nearest(text, schemas), `${schemas.size} schemas`);
}

/** The schema "public" has no entry of its own where it is as every new database has it. */
function schemasOf(entries: readonly ArchiveEntry[]): Set<string> {
  const made = entries.filter(({ description }) => description === 'SCHEMA').map(({ tag }) => tag);
  const used = entries.map(({ schema }) => schema ?? '').filter((schema) => schema !== '');
  return new Set([...made, ...used]);
}

function nearest(wanted: string, known: Iterable<string>): string[] {
  const name = nearestName(wanted, known);
  return name === undefined ? [] : [name];
}

/** So many are named; of a thousand tenants' tables nobody reads them all. */
const MOST_NAMES = 5;

function notFound(what: string, near: readonly string[], have: string): Failure {
  const names = near.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  const help = names.length === 0 ? '' : `; did you mean ${names.join(' or ')}?`;
  return new Failure('not-found', { message: `found no ${what} in the dump, which has ${have}${help}` });
}
