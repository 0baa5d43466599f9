/** Speaks SQL to a server of the stack, through the psql in its own container. */
import { containerCli } from '../container-cli.ts';
import type { Server } from '../containers.ts';

/**
 * Runs a script and gives back what it printed, unaligned and without headings.
 * `variables` are psql's: `:name` in the script. The first error ends it.
 */
export function psql(
  server: Server,
  database: string,
  script: string,
  variables: Readonly<Record<string, string | number>> = {},
): Promise<string> {
  const settings = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const program = ['psql', '-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', '-U', server.user, '-d', database];
  const cli = containerCli(server.engine, server.dockerHost);
  return cli.run(['exec', '-i', server.container, ...program, ...settings, '-f', '-'], {
    input: script,
    timeout: 900_000,
  });
}

/** Drops a database that may be there, with its sessions, and what restores of it made or kept beside. */
export async function dropDatabase(server: Server, name: string): Promise<void> {
  const mine = `datname = '${name}' OR datname ~ '^${name}_(before|new)_\\d{8}_\\d{6}$'`;
  const found = await psql(server, 'postgres', `SELECT quote_ident(datname) FROM pg_database WHERE ${mine}`);
  for (const one of found.split('\n').filter((line) => line !== '')) {
    await psql(server, 'postgres', `DROP DATABASE IF EXISTS ${one} WITH (FORCE)`);
  }
}
