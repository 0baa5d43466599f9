import { Failure } from '../../../common/failure.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { type Conversation, converse } from '../connection/conversation.ts';
import { quoteIdentifier } from '../sql.ts';
import type { RestoreNeeds } from './needs.ts';

/**
 * Makes the database with pg_dump's own statement: from template0, with the recorded encoding and locale. A dump that
 * does not tell them gets the server's defaults.
 */
export async function createDatabase(talk: Conversation, needs: RestoreNeeds, target: string): Promise<void> {
  await talk.run(needs.createDatabase ?? `CREATE DATABASE ${quoteIdentifier(target)} TEMPLATE template0`);
}

/** Removes a database that this very restore made, so that a failed one leaves nothing. */
export async function dropDatabase(client: ConnectedClient, target: string, signal: AbortSignal): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${quoteIdentifier(target)} WITH (FORCE)`;
  await converse(client, { database: client.maintenance }, signal, (talk) => talk.run(statement));
}

/**
 * Brings back what belongs to the database itself: owner (of one we made), settings, grants, comment. Runs after the
 * data is there, because a recorded setting, such as a read-only default, must not hinder the restore.
 */
export async function describeDatabase(talk: Conversation, needs: RestoreNeeds, made: boolean): Promise<string[]> {
  const [owner, ...rest] = needs.describeDatabase;
  const statements = made && owner !== undefined ? [owner, ...rest] : rest;
  try {
    for (const statement of statements) await talk.run(statement);
    return [];
  } catch (error) {
    // The data is there and right; a grant or a setting that our role may not give is told instead of hidden.
    if (!(error instanceof Failure)) throw error;
    const words = error.detail ?? error.message;
    return [`settings, grants or the comment of the database could not be brought back: ${words}`];
  }
}
