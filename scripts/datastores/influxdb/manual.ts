import { encodeFileName } from '../../common/file-name.ts';
import { shellWord } from '../../common/shell-word.ts';
import type { ManualSource, ManualStep } from '../datastore.ts';
import { type ContinuousQuery, type Grant, grantStatement } from './around.ts';
import { detailsOf } from './facts.ts';
import { quoteName } from './influxql.ts';
import { ENDING } from './recognize.ts';

const FOLDER = '/tmp/influxdb-restore';

/** The stock commands for RESTORE.md, which are run where the server runs: its backup port needs no login. */
export function manualRestore(source: ManualSource): ManualStep[] {
  const { name, target, fileNames, facts } = source;
  const found = fileNames.find((fileName) => fileName.endsWith(ENDING)) ?? encodeFileName(name) + ENDING;
  const file = found.startsWith('influxdb/') ? found : `influxdb/${found}`;
  const renamed = target === name ? '' : ` -newdb ${shellWord(target)}`;
  const { continuousQueries, grants } = detailsOf(facts.details);
  return [
    {
      title:
        'Work where the server runs (for a container: copy this folder in and open a shell there): its backup port needs no login and is not reached from elsewhere. Say who the administrator is, where the server asks for logins.',
      commands: [
        `export INFLUX_USERNAME="\${INFLUX_USERNAME-}" # the administrator, or nothing`,
        `export INFLUX_PASSWORD="\${INFLUX_PASSWORD-}" # the password, or nothing`,
      ],
    },
    {
      title: 'Unpack the backup.',
      commands: [`mkdir -m 700 ${FOLDER}`, `tar -C ${FOLDER} -xzf ${shellWord(file)}`],
    },
    {
      title: `Restore database "${name}" in the place of "${target}". A restore goes into no database that is there; end clients that make it anew.`,
      commands: [
        `influx -execute ${shellWord(`DROP DATABASE ${quoteName(target)}`)}`,
        `influxd restore -portable -db ${shellWord(name)}${renamed} ${FOLDER}`,
        `rm -r ${FOLDER}`,
      ],
    },
    ...queriesStep(continuousQueries),
    ...grantsStep(grants, target),
  ];
}

function queriesStep(queries: readonly ContinuousQuery[]): ManualStep[] {
  if (queries.length === 0) return [];
  const commands = queries.map(({ query }) => `influx -execute ${shellWord(query)}`);
  return [{ title: 'Make its continuous queries; each names the database that it was made for.', commands }];
}

/** A user that is missing must not end the other commands. */
function grantsStep(grants: readonly Grant[], target: string): ManualStep[] {
  if (grants.length === 0) return [];
  const commands = grants.map(({ user, privilege }) => {
    const grant = `influx -execute ${shellWord(grantStatement({ user, privilege }, target))}`;
    return `${grant} || echo ${shellWord(`create user "${user}" first`)}`;
  });
  return [{ title: 'Give users their rights again; no backup has the passwords of users.', commands }];
}
