import type { ConnectedClient } from '../connection/connect.ts';

interface Rights {
  readonly user: string;
  readonly makes_databases: boolean;
  readonly in_recovery: boolean;
}

const RIGHTS = `select current_user as user, coalesce(bool_or(rolsuper or rolcreatedb), false) as makes_databases,
  pg_is_in_recovery() as in_recovery from pg_roles where rolname = current_user`;

/** What keeps this login from restoring databases, for people; undefined when nothing does. Changes nothing. */
export async function restoreObstacle(client: ConnectedClient): Promise<string | undefined> {
  const [rights] = await client.standing.ask((talk) => talk.rows<Rights>(RIGHTS));
  if (rights?.in_recovery) return 'it is a standby, which takes no writes';
  if (rights?.makes_databases === false) return `the role "${rights.user}" may not make databases: it lacks CREATEDB`;
  return undefined;
}
