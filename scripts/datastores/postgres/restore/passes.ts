import type { ConnectedClient } from '../connection/connect.ts';
import type { Tools } from '../connection/tools.ts';
import type { Load } from './load.ts';
import type { ListName } from './placement.ts';

/** One call of pg_restore. */
export interface Pass {
  readonly options: readonly string[];
  /** Which list of entries it is given. */
  readonly list?: ListName;
  /** What is made after the data is dropped first, see {@link passesOf}. */
  readonly bare?: true;
  /** What stands when this pass fails. */
  readonly stands: string;
}

/**
 * Archives below this are restored in one transaction: everything or nothing. Above it several connections are worth
 * more than that: such an archive takes seconds to load and its indexes can be built side by side.
 */
export const ONE_TRANSACTION_BYTES = 16 * 1024 * 1024;

const UNTOUCHED = 'the target was not changed: everything happened in one transaction, which was rolled back';
const HALF = 'the database is half restored: repeat the restore, or restore its safety backup';
const MADE = 'only a database that this restore made is half filled';
const CLEAN = ['--clean', '--if-exists'];

/**
 * A database with content is restored in one transaction where the size allows. A larger one first gets the whole
 * schema, without rows, in one transaction: whatever blocks a DROP or does not fit shows before anything is lost. Then
 * rows and indexes follow over several connections.
 *
 * Those are calls of their own, because pg_restore --jobs does not wait for the rows of partitions before it makes keys
 * and triggers of the whole table (seen with 18): triggers would fire for every restored row, and each foreign key would
 * be looked up row by row, eight times slower.
 */
export function passesOf(client: ConnectedClient, load: Load): readonly Pass[] {
  const strict = knowsEverySet(client, load.tools);
  const single = strict ? ['--single-transaction'] : [];
  const exit = strict ? ['--exit-on-error'] : [];
  const small = load.artifact.bytes < ONE_TRANSACTION_BYTES || load.placement.path === undefined;
  const jobs = [...exit, `--jobs=${load.jobs}`];
  const parts = load.lists.parts === undefined ? {} : { list: 'parts' as const };
  if (load.made) {
    if (small) return [{ options: single, ...parts, stands: MADE }];
    return ['pre-data', 'data', 'post-data'].map((section) => ({
      options: [`--section=${section}`, ...(section === 'pre-data' ? exit : jobs)],
      ...parts,
      stands: MADE,
    }));
  }
  if (load.lists.parts !== undefined)
    return [{ options: [...CLEAN, ...single], ...parts, stands: strict ? UNTOUCHED : HALF }];
  if (small) return [{ options: [...CLEAN, ...single], list: 'order', stands: strict ? UNTOUCHED : HALF }];
  return [
    { options: [...CLEAN, '--schema-only', ...single], list: 'order', stands: strict ? UNTOUCHED : HALF },
    // --schema-only leaves large objects out, which is good: each would need a lock in the one transaction.
    ...(load.lists.largeObjects === undefined
      ? []
      : [{ options: [...CLEAN, ...exit], list: 'largeObjects' as const, stands: HALF }]),
    { options: ['--section=data', ...jobs], list: 'others', bare: true, stands: HALF },
    { options: [...CLEAN, '--section=post-data', ...jobs], list: 'order', stands: HALF },
  ];
}

/** True when all of it happens in one transaction over a live database. */
export function isOneTransaction(client: ConnectedClient, load: Load): boolean {
  const [first, ...more] = passesOf(client, load);
  return more.length === 0 && first?.options.includes('--single-transaction') === true;
}

/** pg_restore from 17 on sets transaction_timeout, which older servers refuse: it must then not stop at errors. */
function knowsEverySet(client: ConnectedClient, tools: Tools): boolean {
  return tools.major < 17 || client.serverMajor >= 17;
}
