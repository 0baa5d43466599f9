import { shellWord } from '../../common/shell-word.ts';
import type { Datastore, ManualStep } from '../datastore.ts';
import { detailsOf } from './details.ts';
import { GLOBALS } from './names.ts';
import { connectionString, quoteIdentifier } from './sql.ts';

/**
 * The stock commands for RESTORE.md. They run in the folder of the set and log in as PGHOST, PGPORT, PGUSER and
 * PGPASSWORD or ~/.pgpass say.
 */
export const manualRestore: Datastore['manualRestore'] = ({ name, target, fileNames, facts }) => {
  const [file = ''] = fileNames;
  if (name === GLOBALS) return [restoreRoles(file)];
  const steps =
    name === target
      ? [restoreWithDatabase(name, file)]
      : restoreElsewhere(target, file, detailsOf(facts).database?.owner);
  return [...steps, analyze(target), ...byHand(detailsOf(facts).subscriptions ?? [])];
};

function restoreRoles(file: string): ManualStep {
  return {
    title:
      'Create the roles that are missing. "role ... already exists" is said for each role that is there and is harmless; note that the passwords and rights of those roles become the ones of the backup. To leave them as they are, delete their lines from a copy of the file first.',
    commands: [`psql -X -q -d postgres -f ${shellWord(file)}`],
  };
}

/**
 * With --create pg_restore makes the database itself: owner, encoding, locale, settings and grants are in the dump. No
 * --jobs: with it keys and triggers of partitioned tables would be made before their rows are there, see passes.ts.
 */
function restoreWithDatabase(name: string, file: string): ManualStep {
  return {
    title: `Restore the database "${name}". It is dropped first where it exists (nobody may be connected to it), and created again with its owner, encoding, locale, settings and grants. Needs PostgreSQL programs at least as new as the ones that made the dump.`,
    commands: [`pg_restore --clean --if-exists --create --exit-on-error --dbname=postgres ${shellWord(file)}`],
  };
}

function restoreElsewhere(target: string, file: string, owner: string | undefined): ManualStep[] {
  const forOwner = owner === undefined ? '' : ` OWNER ${quoteIdentifier(owner)}`;
  const create = `CREATE DATABASE ${quoteIdentifier(target)} TEMPLATE template0${forOwner}`;
  return [
    { title: `Create the database "${target}".`, commands: [`psql -X -d postgres -c ${shellWord(create)}`] },
    {
      title: 'Restore into it.',
      commands: [`pg_restore --exit-on-error --dbname=${shellWord(connectionString(target))} ${shellWord(file)}`],
    },
  ];
}

function analyze(target: string): ManualStep {
  return {
    title:
      'Collect the statistics that queries are planned with: dumps of PostgreSQL before version 18 do not bring them along.',
    commands: [`vacuumdb --analyze-only --dbname=${shellWord(connectionString(target))}`],
  };
}

function byHand(subscriptions: readonly string[]): ManualStep[] {
  if (subscriptions.length === 0) return [];
  return [
    {
      title: 'Subscriptions come back disabled. Enable each one when its publisher is ready.',
      commands: subscriptions.map((name) => `# ALTER SUBSCRIPTION ${quoteIdentifier(name)} ENABLE;`),
    },
  ];
}
