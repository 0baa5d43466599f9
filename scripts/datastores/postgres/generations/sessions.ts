import type { Conversation } from '../connection/conversation.ts';

/** Somebody who is connected to a database. */
export interface SessionRow {
  readonly pid: number;
  readonly role: string;
  readonly application: string;
  /** True when our role may end it. */
  readonly endable: boolean;
}

/**
 * Sessions of clients. A role without rights on statistics does not see what kind of process it is; processes of the
 * server itself have no role.
 */
const IS_CLIENT = `a.usesysid is not null and a.pid <> pg_backend_pid()
  and coalesce(a.backend_type, 'client backend') <> 'parallel worker'`;

/** The rule of pg_terminate_backend, which throws where it is not kept. */
const IS_ENDABLE = `((select rolsuper from pg_roles where rolname = current_user) or (not r.rolsuper
  and (pg_has_role(a.usesysid, 'USAGE') or pg_has_role('pg_signal_backend', 'USAGE'))))`;

function fromSessions(oids: readonly number[]): string {
  return `from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where a.datid in (${oids.join(', ')}) and ${IS_CLIENT}`;
}

/** The sessions of clients in some databases, given by their object ids; at least one. */
export function sessionsIn(talk: Conversation, oids: readonly number[]): Promise<SessionRow[]> {
  return talk.rows<SessionRow>(`select a.pid, r.rolname as role, coalesce(a.application_name, '') as application,
    ${IS_ENDABLE} as endable ${fromSessions(oids)} order by 1`);
}

/** Ends all sessions in some databases that our role may end. */
export async function endSessions(talk: Conversation, oids: readonly number[]): Promise<void> {
  await talk.rows(`select count(pg_terminate_backend(a.pid)) ${fromSessions(oids)} and ${IS_ENDABLE}`);
}

/** For people: `2 of "web" as "app"; 1 of role "reader"`. */
export function spellSessions(sessions: readonly SessionRow[]): string {
  const counts = new Map<string, number>();
  for (const { role, application } of sessions) {
    const who = application === '' ? `of role "${role}"` : `of "${application}" as "${role}"`;
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return [...counts].map(([who, count]) => `${count} ${who}`).join('; ');
}
