import { Failure } from '../../../common/failure.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { converse } from '../connection/talks.ts';

interface Holder {
  readonly relation: string;
  readonly pid: number;
  readonly role: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly granted: boolean;
}

/** Who holds, or waits for, the one lock that keeps readers out. */
const HOLDERS = `select format('%I.%I', n.nspname, c.relname) as relation, l.pid, a.usename as role,
  a.application_name as application, a.state, l.granted
  from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
  left join pg_stat_activity a on a.pid = l.pid
  where l.mode = 'AccessExclusiveLock' and l.database = (select oid from pg_database where datname = current_database())
    and c.relkind in ('r', 'p') order by l.granted desc, 1`;

/**
 * PostgreSQL does not say which lock it waited for. This adds the relations that are locked against readers now, and
 * by whom, to a failure that was a wait for a lock; other errors come back as they are.
 */
export async function explainLocks(
  client: ConnectedClient,
  database: string,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof Failure) || !/lock timeout/.test(error.detail ?? '')) return error;
  const holders = await converse(client, { database }, signal, (talk) => talk.rows<Holder>(HOLDERS)).catch(() => {
    // The first failure is the one worth telling; this was only to explain it.
    return [];
  });
  const words = holders.length === 0 ? 'the lock is free again by now' : holders.map(spell).join('; ');
  return new Failure('timeout', {
    message: `waited too long for a table lock: ${words}`,
    detail: error.detail,
    hint: 'let that session finish, or wait longer with "lockWaitSeconds"',
    cause: error,
  });
}

function spell({ relation, pid, role, application, state, granted }: Holder): string {
  const who = `session ${pid} of role "${role ?? ''}", application "${application ?? ''}", ${state ?? 'state unknown'}`;
  return `"${relation}" is ${granted ? 'locked' : 'wanted'} by ${who}`;
}
