import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { statementsFor } from './globals-file.ts';

/** Any number will do, as long as every restore uses the same: two restores must not make the same role at once. */
const ROLE_LOCK = 4_805_361_227;

/** Names of all roles of the cluster. */
export async function existingRoles(talk: Conversation): Promise<Set<string>> {
  const rows = await talk.rows<{ name: string }>('select rolname as name from pg_roles');
  return new Set(rows.map((row) => row.name));
}

/**
 * Makes the roles among `wanted` that do not exist, from a globals.sql, in one transaction. Returns the names of those
 * it made. Throws Failure "denied" when our role may not make roles.
 */
export function createRoles(
  client: ConnectedClient,
  text: string,
  wanted: Iterable<string>,
  signal: AbortSignal,
): Promise<string[]> {
  return converse(client, { database: client.maintenance }, signal, async (talk) => {
    await talk.run(`begin; select pg_advisory_xact_lock(${ROLE_LOCK})`);
    const existing = await existingRoles(talk);
    const missing = new Set([...wanted].filter((name) => !existing.has(name)));
    for (const statement of statementsFor(text, missing)) await talk.run(statement);
    await talk.run('commit');
    return [...missing];
  });
}
