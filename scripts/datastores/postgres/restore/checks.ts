import { Failure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { GLOBALS } from '../names.ts';
import { onlyArtifact } from '../read.ts';
import { createRoles, existingRoles } from '../roles/create-roles.ts';
import { rolesOf, withGroups } from '../roles/globals-file.ts';
import { readText } from '../roles/globals-text.ts';
import type { RestoreNeeds } from './needs.ts';

/** What the checks found at the target. */
export interface TargetState {
  /** Roles that must be made first, and the globals.sql that makes them. */
  readonly missingRoles: readonly string[];
  readonly globals: string;
}

/** Everything that must be true before a restore may begin. Throws a Failure that names what is not. */
export async function checkTarget(
  client: ConnectedClient,
  source: StoredSource,
  needs: RestoreNeeds,
): Promise<TargetState> {
  requireVersions(client, needs);
  const globals = await globalsOf(source);
  const { extensions, tablespaces, roles } = await client.standing.ask(async (talk) => ({
    extensions: await namesOf(talk, 'select name from pg_available_extensions'),
    tablespaces: await namesOf(talk, 'select spcname as name from pg_tablespace'),
    roles: await existingRoles(talk),
  }));
  requireAll(
    'extensions',
    needs.extensions,
    extensions,
    'install their packages beside the server, or use an image that has them',
  );
  requireAll('tablespaces', needs.tablespaces, tablespaces, 'create them first');
  return { missingRoles: requireRoles(needs, roles, globals), globals };
}

function requireVersions(client: ConnectedClient, needs: RestoreNeeds): void {
  if (client.standby)
    throw new Failure('refused', { message: `${client.address.label} is a standby: it takes no writes` });
  if (client.serverMajor >= needs.serverMajor) return;
  const found = `found PostgreSQL ${client.serverVersion} at the target`;
  throw new Failure('version', {
    message: `${found}, expected ${needs.serverMajor} or later: the dump is of version ${needs.serverMajor}`,
  });
}

async function namesOf(talk: Conversation, query: string): Promise<Set<string>> {
  return new Set((await talk.rows<{ name: string }>(query)).map((row) => row.name));
}

function requireAll(what: string, needed: readonly string[], found: ReadonlySet<string>, hint: string): void {
  const missing = needed.filter((name) => !found.has(name));
  if (missing.length === 0) return;
  throw new Failure('not-found', { message: `the target lacks ${what} that the dump needs: ${list(missing)}`, hint });
}

/** The text of the globals.sql that lies beside the dump; empty when the set has none. */
async function globalsOf(source: StoredSource): Promise<string> {
  const globals = source.companions?.find((companion) => companion.name === GLOBALS);
  return globals === undefined ? '' : readText(await onlyArtifact(globals).open());
}

/** The missing roles with the groups they are members of; all of them must be in globals.sql. */
function requireRoles(needs: RestoreNeeds, existing: ReadonlySet<string>, globals: string): string[] {
  const missing = needs.roles.filter((role) => !existing.has(role));
  const brought = new Set(rolesOf(globals));
  const lost = missing.filter((role) => !brought.has(role));
  if (lost.length > 0) {
    // A set that brings the roles of its server brings all of them; one without says nothing of them.
    throw new Failure(globals === '' ? 'not-found' : 'damaged', {
      message: `the target lacks roles that the dump needs, and the set does not bring them: ${list(lost)}`,
      hint: `create them first: ${lost.map((role) => `createuser ${JSON.stringify(role)}`).join('; ')}`,
    });
  }
  return [...withGroups(globals, missing)].filter((role) => !existing.has(role) && brought.has(role));
}

/** Makes the roles that {@link checkTarget} found missing; returns those that it really made. */
export function bringRoles(client: ConnectedClient, state: TargetState, signal: AbortSignal): Promise<string[]> {
  return state.missingRoles.length === 0
    ? Promise.resolve([])
    : createRoles(client, state.globals, state.missingRoles, signal);
}

export function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
