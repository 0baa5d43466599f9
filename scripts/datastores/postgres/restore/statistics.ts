import { Failure } from '../../../common/failure.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { programFailure } from '../connection/failures.ts';
import { converse } from '../connection/talks.ts';
import { connectionString } from '../sql.ts';
import type { Load } from './load.ts';
import { sortWords } from './words.ts';

/** vacuumdb can leave alone what has statistics. */
const FIRST_MAJOR_THAT_LOOKS = 18;

/**
 * What vacuumdb would look for: a column, an index expression or extended statistics of a table with rows that has none.
 * Its own look costs the start of a program.
 */
const LACKS = `select exists (
    select from pg_class c join pg_attribute a on a.attrelid = c.oid
      left join pg_index i on i.indexrelid = c.oid
    where c.relkind in ('r', 'm', 'p', 'i', 'I') and c.relpersistence <> 't' and c.oid >= 16384 and c.reltuples <> 0
      and (c.relkind not in ('i', 'I') or i.indexprs is not null)
      and a.attnum > 0 and not a.attisdropped and a.attstattarget is distinct from 0 and a.attgenerated <> 'v'
      and not exists (select from pg_statistic s where s.starelid = c.oid and s.staattnum = a.attnum)
  ) or exists (
    select from pg_statistic_ext e join pg_class c on c.oid = e.stxrelid
    where c.reltuples <> 0 and e.stxstattarget is distinct from 0
      and not exists (select from pg_statistic_ext_data d where d.stxoid = e.oid)
  ) as lacks`;

/** Only a superuser may look, unless others were given the right. */
const MAY_LOOK = `select has_table_privilege('pg_statistic', 'select')
  and has_table_privilege('pg_statistic_ext_data', 'select') as may`;

/** What of a database has no statistics. "unknown": nobody can look, so that all is to be analyzed. */
async function missingIn(
  client: ConnectedClient,
  { tools, target }: Load,
  signal: AbortSignal,
): Promise<'none' | 'some' | 'unknown'> {
  if (tools.major < FIRST_MAJOR_THAT_LOOKS || client.serverMajor < FIRST_MAJOR_THAT_LOOKS) return 'unknown';
  return await converse(client, { database: target }, signal, async (talk) => {
    const { may } = await talk.row<{ may: boolean }>(MAY_LOOK);
    if (!may) return 'unknown';
    const { lacks } = await talk.row<{ lacks: boolean }>(LACKS);
    return lacks ? 'some' : 'none';
  });
}

/**
 * Without statistics the first queries of a restored database may take for ever. Dumps of version 18 bring them along;
 * what has none is then left to do, and that is all of an older dump. Returns harmless words.
 */
export async function analyze(client: ConnectedClient, load: Load, signal: AbortSignal): Promise<readonly string[]> {
  const missing = await missingIn(client, load, signal);
  if (missing === 'none') return [];
  const only = missing === 'some' ? ['--missing-stats-only'] : [];
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
