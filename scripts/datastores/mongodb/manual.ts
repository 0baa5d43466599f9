import { encodeFileName } from '../../common/file-name.ts';
import { shellWord } from '../../common/shell-word.ts';
import type { ManualSource, ManualStep } from '../datastore.ts';
import { ARCHIVE_END, USERS_END } from './recognize.ts';
import { namespaceOptions } from './restore/command.ts';

const EXAMPLE = 'mongodb://USER:PASSWORD@127.0.0.1:27017/?authSource=admin&directConnection=true';
const CONFIG = `printf 'uri: "%s"\\n' "$MONGO_URL"`;

/**
 * The stock commands for RESTORE.md. The server's URL comes from the environment, so that no password is in an argument
 * list; `--config` reads it from a pipe.
 */
export function manualRestore(source: ManualSource): ManualStep[] {
  const file = source.fileNames.find((name) => name.endsWith(ARCHIVE_END)) ?? encodeFileName(source.name) + ARCHIVE_END;
  const options = [
    `--archive=${inFolder(file)}`,
    '--gzip',
    '--drop',
    ...namespaceOptions({ from: source.name, to: source.target }),
  ];
  const users = source.fileNames.find((name) => name.endsWith(USERS_END));
  return [
    {
      title:
        'Say where the server is, in the variable MONGO_URL; special characters of the password are written as %XX.',
      commands: [`: "\${MONGO_URL:?set it first, such as ${EXAMPLE}}"`],
    },
    {
      title: `Restore database "${source.name}"; collections of the same name are replaced, others stay.`,
      commands: [`${CONFIG} | mongorestore --config=/dev/stdin ${options.map(shellWord).join(' ')}`],
    },
    ...(users === undefined ? [] : [usersStep(inFolder(users))]),
  ];
}

function usersStep(file: string): ManualStep {
  return {
    title: 'Create users and roles that are missing, with new passwords; this file tells their names and rights.',
    commands: [`cat ${shellWord(file)}`],
  };
}

function inFolder(fileName: string): string {
  return fileName.startsWith('mongo/') ? fileName : `mongo/${fileName}`;
}
