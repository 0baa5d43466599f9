import type { Difference } from '../restore.ts';
import type { TableRow } from './backup/catalog.ts';
import type { Conversation } from './connection/conversation.ts';
import { quoteTable, spellTable } from './count.ts';
import { quoteIdentifier, quoteLiteral } from './sql.ts';

/** How far each table of migrations is: "schema.table" and the newest migration; null where it is empty. */
export type Migrations = Readonly<Record<string, string | null>>;

/** A table in which a framework notes its migrations: the newest is the one with the highest `by`. */
interface MigrationTable {
  readonly table: string;
  readonly value: string;
  readonly by: string;
}

/** As the frameworks name them in their own documentation; two of one name differ in their columns. */
const KNOWN: readonly MigrationTable[] = [
  { table: 'alembic_version', value: 'version_num', by: 'version_num' },
  // Rails, golang-migrate, Ecto, dbmate
  { table: 'schema_migrations', value: 'version', by: 'version' },
  { table: 'flyway_schema_history', value: 'version', by: 'installed_rank' },
  { table: 'databasechangelog', value: 'id', by: 'orderexecuted' },
  { table: 'django_migrations', value: 'name', by: 'id' },
  { table: '_prisma_migrations', value: 'migration_name', by: 'started_at' },
  { table: '__drizzle_migrations', value: 'hash', by: 'id' },
  { table: 'knex_migrations', value: 'name', by: 'id' },
  { table: 'SequelizeMeta', value: 'name', by: 'name' },
  { table: 'mikro_orm_migrations', value: 'name', by: 'id' },
  { table: 'pgmigrations', value: 'name', by: 'id' },
  // TypeORM, then Laravel
  { table: 'migrations', value: 'name', by: 'id' },
  { table: 'migrations', value: 'migration', by: 'id' },
  { table: 'goose_db_version', value: 'version_id', by: 'id' },
  { table: 'gorp_migrations', value: 'id', by: 'id' },
  { table: '_sqlx_migrations', value: 'version', by: 'version' },
  { table: '__diesel_schema_migrations', value: 'version', by: 'version' },
  { table: 'atlas_schema_revisions', value: 'version', by: 'version' },
  { table: '__EFMigrationsHistory', value: 'MigrationId', by: 'MigrationId' },
];

/** Reads the newest migration of every table that a known framework keeps. Costs a query, and one more where there is one. */
export async function readMigrations(talk: Conversation, tables: readonly TableRow[]): Promise<Migrations> {
  const candidates = tables.filter(({ name }) => KNOWN.some(({ table }) => table === name));
  if (candidates.length === 0) return {};
  const columns = await columnsOf(talk, candidates);
  const questions = candidates.flatMap((table) => {
    const own = columns.get(spellTable(table)) ?? new Set();
    const known = KNOWN.find(({ table: name, value, by }) => name === table.name && own.has(value) && own.has(by));
    return known === undefined ? [] : [newest(table, known)];
  });
  if (questions.length === 0) return {};
  const rows = await talk.rows<{ name: string; newest: string | null }>(questions.join('\nunion all '));
  return Object.fromEntries(rows.map(({ name, newest }) => [name, newest]));
}

async function columnsOf(talk: Conversation, tables: readonly TableRow[]): Promise<Map<string, ReadonlySet<string>>> {
  const names = tables.map((table) => `${quoteLiteral(quoteTable(table))}::regclass`).join(', ');
  const rows = await talk.rows<{ schema: string; name: string; columns: string[] }>(
    `select n.nspname as schema, c.relname as name, array_agg(a.attname::text) as columns
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and c.oid in (${names}) group by 1, 2`,
  );
  return new Map(rows.map((row) => [spellTable(row), new Set(row.columns)]));
}

function newest(table: TableRow, { value, by }: MigrationTable): string {
  const [column, order] = [quoteIdentifier(value), quoteIdentifier(by)];
  return `select ${quoteLiteral(spellTable(table))} as name,
    (select ${column}::text from ${quoteTable(table)} order by ${order} desc nulls last limit 1) as newest`;
}

/** Tables of migrations that are not as far, or further, than recorded: the schema is not the one of the program. */
export function migrationDifferences(expected: Migrations, found: Migrations): Difference[] {
  const spell = (newest: string | null | undefined): string =>
    newest === undefined ? 'no such table of migrations' : `migrations up to ${newest ?? 'none'}`;
  return Object.entries(expected)
    .filter(([name, newest]) => found[name] !== newest)
    .map(([name, newest]) => ({ name, expected: spell(newest), found: spell(found[name]) }));
}
