import { encodeFileName } from '../../common/file-name.ts';
import { shellWord } from '../../common/shell-word.ts';
import type { DumpFacts, ManualStep } from '../datastore.ts';
import { detailsOf } from './facts.ts';
import { ENDING } from './recognize.ts';

const FOLDER = '/tmp/influxdb-restore';

/** The stock commands for RESTORE.md, which are run where the server runs: its backup port needs no login. */
export function manualRestore(source: {
  name: string;
  target: string;
  fileNames: readonly string[];
  facts: DumpFacts;
}): ManualStep[] {
  const { name, target, fileNames, facts } = source;
  const found = fileNames.find((fileName) => fileName.endsWith(ENDING)) ?? encodeFileName(name) + ENDING;
  const file = found.startsWith('influxdb/') ? found : `influxdb/${found}`;
  const renamed = target === name ? '' : ` -newdb ${shellWord(target)}`;
  const { continuousQueries } = detailsOf(facts.details);
  return [
    {
      title: 'Unpack the backup where the server runs.',
      commands: [`mkdir -m 700 ${FOLDER}`, `tar -C ${FOLDER} -xzf ${shellWord(file)}`],
    },
    {
      title: `Restore database "${name}". There must be no database "${target}": drop it first, or take another name with -newdb.`,
      commands: [`influxd restore -portable -db ${shellWord(name)}${renamed} ${FOLDER}`, `rm -r ${FOLDER}`],
    },
    ...(continuousQueries.length === 0
      ? []
      : [
          {
            title: 'Make its continuous queries (set INFLUX_USERNAME and INFLUX_PASSWORD first).',
            commands: continuousQueries.map(({ query }) => `influx -execute ${shellWord(query)}`),
          },
        ]),
  ];
}
