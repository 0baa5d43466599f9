import type { DumpFacts } from '../datastore.ts';
import type { Migrations } from './migrations.ts';

/** What is recorded of a database beside its fingerprint; lies as JSON in the manifest (`details`). */
export interface PostgresDetails {
  readonly database: DatabaseDetails;
  /** ALTER DATABASE ... SET and ALTER ROLE ... IN DATABASE ... SET; `role` is null for the former. */
  readonly settings: readonly { readonly role: string | null; readonly settings: readonly string[] }[];
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[];
  /** Roles that own something here or were granted something. */
  readonly roles: readonly string[];
  /** Per sequence "schema.name" the last value, as text because it may not fit into a JSON number; null if unused. */
  readonly sequences: Readonly<Record<string, string | null>>;
  /** The newest migration in every table that a framework keeps; see `migrations.ts`. */
  readonly migrations: Migrations;
  /** How many there are of each kind of object: views, functions, foreign keys, ... */
  readonly objects: Readonly<Record<string, number>>;
  readonly largeObjects: number;
  readonly publications: readonly string[];
  readonly subscriptions: readonly string[];
  readonly tablespaces: readonly string[];
  /** Tables whose content a crash empties. */
  readonly unlogged: readonly string[];
  readonly archive: { readonly version: string; readonly compression: string; readonly entries: number };
}

/** The database itself, as `pg_database` describes it. */
export interface DatabaseDetails {
  readonly owner: string;
  readonly encoding: string;
  /** "libc", "icu" or "builtin". */
  readonly localeProvider: string;
  readonly collate: string;
  readonly ctype: string;
  /** Locale of icu or builtin. */
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly collationVersion: string | null;
  readonly connectionLimit: number;
  readonly tablespace: string;
  readonly comment: string | null;
  /** aclitem texts; null: the defaults. */
  readonly acl: readonly string[] | null;
}

/** The details of recorded facts. Everything may be missing: the set may come from another version of Holdfast. */
export function detailsOf(facts: DumpFacts | undefined): Partial<PostgresDetails> {
  return (facts?.details ?? {}) as Partial<PostgresDetails>;
}
