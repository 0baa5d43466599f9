import type { DumpFacts } from '../../datastore.ts';
import type { ArchiveContents, ArchiveEntry } from '../archive/contents.ts';
import { detailsOf } from '../details.ts';
import { NAME, splitStatements, unquote } from '../roles/statements.ts';
import { quoteIdentifier } from '../sql.ts';

/** What an archive asks of the place where it is restored. */
export interface RestoreNeeds {
  readonly serverMajor: number;
  readonly dumpMajor: number;
  readonly roles: readonly string[];
  readonly extensions: readonly string[];
  readonly tablespaces: readonly string[];
  readonly largeObjects: boolean;
  /** Makes the database with the recorded encoding and locale; undefined when the dump does not tell. */
  readonly createDatabase: string | undefined;
  /** Owner, settings, grants and comment of the database itself. */
  readonly describeDatabase: readonly string[];
}

/**
 * Reads the needs from the table of contents, in which pg_dump left its own statements; recorded facts add grantees.
 * `chosen`: the entries that are restored, where it are not all; what other entries need is then left out.
 */
export function needsOf(
  { header, entries: all }: ArchiveContents,
  facts: DumpFacts | undefined,
  target: string,
  chosen?: readonly ArchiveEntry[],
): RestoreNeeds {
  const database = all.find((entry) => entry.description === 'DATABASE');
  const entries = chosen ?? all;
  const owners = entries.map((entry) => entry.owner).filter((owner) => owner !== '');
  const details = detailsOf(facts);
  const recorded = (details.roles ?? []).filter((role) => chosen === undefined || isGranted(chosen, role));
  return {
    serverMajor: majorOf(header.serverVersion),
    dumpMajor: majorOf(header.dumpVersion),
    roles: [...new Set([...owners, ...recorded])].filter((role) => !role.startsWith('pg_')),
    extensions: entries.filter((entry) => entry.description === 'EXTENSION').map((entry) => entry.tag),
    tablespaces: chosen === undefined ? (details.tablespaces ?? []) : [],
    largeObjects: entries.some((entry) => entry.description.startsWith('BLOB')),
    createDatabase: database && renamed(splitStatements(database.definition)[0] ?? '', target),
    describeDatabase: database === undefined ? [] : descriptions(all, database, target),
  };
}

/** Policies and grants name roles; every name is quoted there. */
function isGranted(entries: readonly ArchiveEntry[], role: string): boolean {
  const name = quoteIdentifier(role);
  return entries.some(({ description, definition }) => /ACL|POLICY/.test(description) && definition.includes(name));
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

function descriptions(entries: readonly ArchiveEntry[], database: ArchiveEntry, target: string): string[] {
  const about = entries.filter(isAboutDatabase).flatMap((entry) => splitStatements(entry.definition));
  const owner = `ALTER DATABASE ${quoteIdentifier(target)} OWNER TO ${quoteIdentifier(database.owner)}`;
  return [
    owner,
    ...about.map((statement) => renamed(statement, target)).filter((statement) => statement !== undefined),
  ];
}

function isAboutDatabase({ description, tag }: ArchiveEntry): boolean {
  return description === 'DATABASE PROPERTIES' || (/^(ACL|COMMENT)$/.test(description) && tag.startsWith('DATABASE '));
}

/** The shapes of statements about a database; everything else that an archive may hold there is not run. */
const SHAPES = [
  new RegExp(`^(CREATE DATABASE )(${NAME})([\\s\\S]*)$`),
  new RegExp(`^(ALTER DATABASE )(${NAME})( (?:SET|CONNECTION LIMIT|IS_TEMPLATE|RESET)\\b[\\s\\S]*)$`),
  new RegExp(`^(ALTER ROLE ${NAME} IN DATABASE )(${NAME})( SET [\\s\\S]*)$`),
  new RegExp(`^((?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE )(${NAME})( (?:TO|FROM) [\\s\\S]*)$`),
  new RegExp(`^(COMMENT ON DATABASE )(${NAME})( IS [\\s\\S]*)$`),
];

/** The statement with the name of the target in place of the recorded one; undefined when it has another shape. */
function renamed(statement: string, target: string): string | undefined {
  for (const shape of SHAPES) {
    const [, before, , after] = shape.exec(statement) ?? [];
    if (before !== undefined && after !== undefined) return `${before}${quoteIdentifier(target)}${after}`;
  }
  return undefined;
}

/** The owner that a statement of {@link RestoreNeeds.describeDatabase} names, for the plan. */
export function ownerIn(statements: readonly string[]): string | undefined {
  const [, owner] = new RegExp(` OWNER TO (${NAME})$`).exec(statements[0] ?? '') ?? [];
  return owner === undefined ? undefined : unquote(owner);
}
