/** Hashes of PostgreSQL databases, made in the server by sql/hash.sql. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Server } from '../containers.ts';
import type { Hashes } from './hash.ts';
import { psql } from './psql.ts';
import { postgresDatabases } from './shop.ts';

/** Reads the databases side by side, each in one snapshot. One that does not exist adds nothing, so that it shows as a difference. */
export async function hashPostgres(server: Server, databases: readonly string[] = postgresDatabases): Promise<Hashes> {
  const script = await readFile(join(import.meta.dirname, 'sql', 'hash.sql'), 'utf8');
  const existing = (await psql(server, 'postgres', 'SELECT datname FROM pg_database')).split('\n');
  const found = databases.filter((database) => existing.includes(database));
  const lists = await Promise.all(found.map((database) => hashOne(server, database, script)));
  return Object.fromEntries(lists.flat());
}

async function hashOne(server: Server, database: string, script: string): Promise<[string, string][]> {
  const printed = await psql(server, database, script);
  // a definition may run over several lines: only a line with a tab starts the next thing
  const found: [string, string][] = [];
  for (const line of printed.split('\n')) {
    const tab = line.indexOf('\t');
    const last = found.at(-1);
    if (tab > 0 && line[0] !== '\t') found.push([`${database}: ${line.slice(0, tab)}`, line.slice(tab + 1)]);
    else if (last) last[1] += `\n${line}`;
  }
  return found.map(([name, content]) => [name, content.trim()]);
}
