import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { ArtifactSink, DumpFacts } from '../../datastore.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { withMeaning } from '../connection/failures.ts';
import { GLOBALS } from '../names.ts';
import { existingRoles } from '../roles/create-roles.ts';
import { rolesOf } from '../roles/globals-file.ts';
import { isComplete, readText } from '../roles/globals-text.ts';

/**
 * Dumps roles, memberships and grants on parameters of the cluster. Without the right to read passwords it is tried
 * again without them, which is written down as a warning. Small enough to be looked at as a whole before it is stored.
 */
export async function dumpGlobals(client: ConnectedClient, sink: ArtifactSink, context: Context): Promise<DumpFacts> {
  const before = await client.standing.ask(existingRoles);
  const { text, warnings } = await fetchGlobals(client, context.signal);
  if (!isComplete(text))
    throw new Failure('broken-stream', { message: 'pg_dumpall wrote no end of its dump of the roles' });
  const roles = rolesOf(text);
  await requireRoles(client, before, new Set(roles));
  await pipeline(Readable.from([Buffer.from(text)]), sink(GLOBALS, { compression: 'none' }));
  return {
    consistency: 'snapshot',
    fingerprint: { counts: { roles: roles.length } },
    details: { roles, passwords: warnings.length === 0 },
    warnings,
  };
}

/** The end mark does not prove that anything stands before it. A role that was dropped meanwhile is not missed. */
async function requireRoles(
  client: ConnectedClient,
  before: ReadonlySet<string>,
  found: ReadonlySet<string>,
): Promise<void> {
  const missing = [...before].filter((role) => !role.startsWith('pg_') && !found.has(role));
  if (missing.length === 0) return;
  const now = await client.standing.ask(existingRoles);
  const lost = missing.filter((role) => now.has(role)).map((role) => `"${role}"`);
  if (lost.length === 0) return;
  const message = `the dump of the roles lacks ${lost.join(', ')}, which the server has`;
  throw new Failure('broken-stream', { message });
}

async function fetchGlobals(
  client: ConnectedClient,
  signal: AbortSignal,
): Promise<{ text: string; warnings: string[] }> {
  try {
    return { text: await runDumpAll(client, [], signal), warnings: [] };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'denied') throw error;
  }
  const text = await runDumpAll(client, ['--no-role-passwords'], signal);
  const warning = `the passwords of the roles could not be read by "${client.credentials.user}": they are not in ${GLOBALS}`;
  return { text, warnings: [warning] };
}

async function runDumpAll(client: ConnectedClient, more: readonly string[], signal: AbortSignal): Promise<string> {
  const database = client.maintenance;
  const argv = ['--globals-only', '--quote-all-identifiers', ...more];
  const { address } = client;
  const { stream, seal } = address.engine.read(address.service, commandOf(client, 'pg_dumpall', argv, { database }), {
    signal,
  });
  try {
    const text = await readText(stream);
    await seal;
    return text;
  } catch (error) {
    throw error instanceof Failure ? withMeaning(error) : error;
  }
}
