import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { Question } from '../../common/question.ts';
import { commandOf } from './connection/client.ts';
import type { ConnectedClient } from './connection/connect.ts';
import { programFailure } from './connection/failures.ts';

/** A question that takes longer is no check; milliseconds. */
const PATIENCE = 60_000;

/** No start-up file, values alone, stop at the first error; a NULL is told from an empty text. */
const PSQL = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1', '--pset=null=NULL'];

/** As the person's own programs have it; the search path is that of the database. */
const SESSION = {
  default_transaction_read_only: 'on',
  statement_timeout: String(PATIENCE),
  search_path: undefined,
  row_security: undefined,
};

/** The first row of a query in a transaction that cannot write; see Server.ask. */
export async function askDatabase(
  client: ConnectedClient,
  question: Question,
  database: string,
  { signal }: Context,
): Promise<string> {
  if (!('sql' in question)) {
    throw new Failure('settings', { message: 'a check of PostgreSQL is found without "sql"' });
  }
  const command = commandOf(client, 'psql', PSQL, { database, session: SESSION });
  const { engine, service } = client.address;
  // On standard input: an argument list would show it to everyone on the machine.
  const input = `begin read only;\n${question.sql}\n;\nrollback;\n`;
  const result = await engine.run(service, command, { signal, input, timeoutMs: 2 * PATIENCE });
  if (result.code !== 0) throw programFailure('psql', result, 'asking a check');
  return result.stdout.split('\n', 1)[0] ?? '';
}
