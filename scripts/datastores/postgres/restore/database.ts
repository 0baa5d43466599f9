import { Failure } from '../../../common/failure.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { MARKED_LIMIT, markedComment } from '../generations/mark.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import type { RestoreNeeds } from './needs.ts';

/**
 * Makes the database with pg_dump's own statement: from template0, with the recorded encoding and locale. A dump that
 * does not tell them gets the server's defaults. `mark`: the words that tell whose it is while it is not live.
 */
export async function createDatabase(
  client: ConnectedClient,
  needs: RestoreNeeds,
  { name, mark }: { readonly name: string; readonly mark: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const create = needs.createDatabase ?? `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`;
  await converse(client, { database: client.maintenance }, signal, async (talk) => {
    if (mark === undefined) return talk.run(create);
    await talk.run(`${create} CONNECTION LIMIT = ${MARKED_LIMIT}`);
    await talk.run(commentOn(name, markedComment(mark, null)));
  });
}

function commentOn(name: string, comment: string): string {
  return `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(comment)}`;
}

/** So often, and so long apart in milliseconds, it is looked whether a creation has ended. */
const LOOKS = 50;
const LOOK_EVERY = 200;

/** A server does not see at once that whoever asked for a database is gone, and goes on making it: ends that. */
export async function endCreation(client: ConnectedClient, name: string): Promise<void> {
  const begin = `CREATE DATABASE ${quoteIdentifier(name)} `;
  const end = `select count(*) filter (where pg_terminate_backend(pid)) as found from pg_stat_activity
    where usename = current_user and state = 'active' and left(query, ${[...begin].length}) = ${quoteLiteral(begin)}`;
  for (let look = 0; look < LOOKS; look += 1) {
    const { found } = await client.standing.ask((talk) => talk.row<{ found: number }>(end));
    if (found === 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** Removes a database that a restore made, with the sessions in it; none is fine. */
export async function dropDatabase(client: ConnectedClient, target: string, signal: AbortSignal): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${quoteIdentifier(target)} WITH (FORCE)`;
  await converse(client, { database: client.maintenance }, signal, (talk) => talk.run(statement));
}

/** What belongs to a database itself. */
export interface Description {
  readonly name: string;
  /** True when it was made for the restore: it then gets its owner as well. */
  readonly made: boolean;
  /** The words that tell whose it is; its own comment then stands below them until it is live. */
  readonly mark: string | undefined;
}

/**
 * Brings back what belongs to the database itself: owner (of one we made), settings, grants, comment. Runs after the
 * data is there, because a recorded setting, such as a read-only default, must not hinder the restore. Returns what
 * could not be brought back: the data is there and right, and a grant that our role may not give is told, not hidden.
 */
export async function describeDatabase(
  client: ConnectedClient,
  needs: RestoreNeeds,
  { name, made, mark }: Description,
  signal: AbortSignal,
): Promise<string[]> {
  const [owner, ...rest] = needs.describeDatabase;
  const statements = made && owner !== undefined ? [owner, ...rest] : rest;
  const limit = `ALTER DATABASE ${quoteIdentifier(name)} CONNECTION LIMIT -1`;
  const all = mark === undefined ? statements : [limit, ...statements];
  return runEach(client, all, signal, (talk, statement) => {
    const isComment = statement.startsWith('COMMENT ON DATABASE ');
    return isComment && mark !== undefined ? comment(talk, statement, { name, mark }) : talk.run(statement);
  });
}

/** The comment of the dump with our mark above it, in one step, so that the mark is there at every moment. */
async function comment(
  talk: Conversation,
  statement: string,
  { name, mark }: { readonly name: string; readonly mark: string },
): Promise<void> {
  await talk.run(`begin; ${statement}`);
  const own = await talk.row<{ text: string | null }>(
    `select shobj_description(oid, 'pg_database') as text from pg_database where datname = ${quoteLiteral(name)}`,
  );
  await talk.run(`${commentOn(name, markedComment(mark, own.text))}; commit`);
}

/** An error ends a conversation, so that what follows gets another one. */
async function runEach(
  client: ConnectedClient,
  statements: readonly string[],
  signal: AbortSignal,
  run: (talk: Conversation, statement: string) => Promise<void>,
): Promise<string[]> {
  const notes: string[] = [];
  for (let next = 0; next < statements.length; next += 1) {
    try {
      await converse(client, { database: client.maintenance }, signal, async (talk) => {
        for (; next < statements.length; next += 1) await run(talk, statements[next] ?? '');
      });
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'interrupted' || error.code === 'unreachable') throw error;
      notes.push(
        `of the settings, grants and comment of the database, one could not be brought back: ${error.detail ?? error.message}`,
      );
    }
  }
  return notes;
}
