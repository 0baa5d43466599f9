import { lockWaitSeconds } from '../backup/snapshot.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { quoteLiteral } from '../sql.ts';

/** How often the waiting sessions are looked at. */
const LOOK_EVERY_MS = 2000;

interface Ended {
  readonly blocker: string;
  readonly done: boolean;
}

/**
 * pg_restore turns lock_timeout off by itself, so that a DROP TABLE waits for ever behind an idle transaction. This
 * looks at the database every two seconds while `work` runs, and ends a session of ours that has waited for somebody
 * else's lock longer than the settings allow. Returns the result of the work and who was in the way.
 */
export async function watchLocks<Result>(
  client: ConnectedClient,
  target: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<{ result: Result; blockers: readonly string[] }> {
  const stop = new AbortController();
  const blockers = new Set<string>();
  const watching = look(client, target, blockers, AbortSignal.any([signal, stop.signal]));
  try {
    const result = await work();
    stop.abort();
    // A look that ended the work is still about to tell who was in the way.
    await watching;
    return { result, blockers: [...blockers] };
  } finally {
    stop.abort();
    await watching;
  }
}

async function look(client: ConnectedClient, target: string, blockers: Set<string>, until: AbortSignal): Promise<void> {
  const query = endWaiting(target, lockWaitSeconds(client));
  while (await pause(until)) {
    const ended = await client.standing
      .ask((talk) => talk.rows<Ended>(query))
      .catch(() => {
        // Without the watch a restore is as good as pg_restore alone; it must not fail because of it.
        return [];
      });
    for (const { blocker, done } of ended) if (done) blockers.add(blocker);
  }
}

/** False when there is nothing more to watch. */
function pause(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(true), LOOK_EVERY_MS);
    const aborted = (): void => done(false);
    const done = (more: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      resolve(more);
    };
    if (signal.aborted) return done(false);
    signal.addEventListener('abort', aborted);
  });
}

/** Sessions of one restore wait for each other as well; only waits for strangers count. */
function endWaiting(target: string, seconds: number): string {
  return `select pg_terminate_backend(w.pid) as done,
      format('session %s of role "%s", application "%s", %s', b.pid, b.usename, b.application_name, b.state) as blocker
    from pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) as p(pid) join pg_stat_activity b on b.pid = p.pid
    where w.datname = ${quoteLiteral(target)} and w.application_name = 'holdfast' and b.application_name <> 'holdfast'
      and w.wait_event_type = 'Lock' and clock_timestamp() - w.state_change > interval '${seconds} seconds'`;
}
