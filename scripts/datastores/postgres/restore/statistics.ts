import { Failure } from '../../../common/failure.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { programFailure } from '../connection/failures.ts';
import { connectionString } from '../sql.ts';
import type { Load } from './load.ts';
import { sortWords } from './words.ts';

/** vacuumdb can leave alone what has statistics. */
const FIRST_MAJOR_THAT_LOOKS = 18;

/**
 * Without statistics the first queries of a restored database may take for ever. Dumps of version 18 bring them along;
 * what has none is then left to do, and that is all of an older dump. Returns harmless words.
 */
export async function analyze(client: ConnectedClient, load: Load, signal: AbortSignal): Promise<readonly string[]> {
  const some = load.tools.major >= FIRST_MAJOR_THAT_LOOKS && client.serverMajor >= FIRST_MAJOR_THAT_LOOKS;
  const only = some ? ['--missing-stats-only'] : [];
  const argv = [
    '--analyze-only',
    ...only,
    '--quiet',
    `--jobs=${load.jobs}`,
    `--dbname=${connectionString(load.target)}`,
  ];
  const command = commandOf(client, 'vacuumdb', argv, { database: load.target, tools: load.tools });
  const result = await client.address.engine.run(client.address.service, command, { signal });
  if (result.code === 0) return sortWords(result.stderr).notes;
  const failure = programFailure('vacuumdb', result, 'collecting statistics');
  throw new Failure(failure.code, { message: failure.message, detail: failure.detail, stands: 'the data is restored' });
}
