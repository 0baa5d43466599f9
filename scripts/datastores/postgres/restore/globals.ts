import { Failure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { PreparedRestore, RestoreReport } from '../../restore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { GLOBALS } from '../names.ts';
import { onlyArtifact } from '../read.ts';
import { createRoles, existingRoles } from '../roles/create-roles.ts';
import { rolesOf } from '../roles/globals-file.ts';
import { isComplete, readText } from '../roles/globals-text.ts';
import { list } from './checks.ts';

/** Prepares the roles of a cluster: those that exist are left alone, passwords included; the others are made. */
export async function prepareGlobals(client: ConnectedClient, source: StoredSource): Promise<PreparedRestore> {
  const text = await readText(await onlyArtifact(source).open());
  if (!isComplete(text)) throw new Failure('damaged', { message: `"${GLOBALS}" has no end mark` });
  const wanted = rolesOf(text);
  const existing = await client.standing.ask(existingRoles);
  const missing = wanted.filter((role) => !existing.has(role));
  const words = missing.length === 0 ? 'all roles exist: nothing to do' : `create the roles ${list(missing)}`;
  const recorded = recordedRoles(source);
  return {
    way: 'roles',
    reason: undefined,
    changes: [],
    warnings: [],
    steps: [
      {
        kind: 'roles',
        text: words,
        live: false,
        run: async ({ signal }) => ({ report: await restoreGlobals(client, text, wanted, { recorded, signal }) }),
      },
    ],
    exchange: undefined,
    discard: async () => {},
  };
}

async function restoreGlobals(
  client: ConnectedClient,
  text: string,
  wanted: readonly string[],
  { recorded, signal }: { readonly recorded: readonly string[]; readonly signal: AbortSignal },
): Promise<RestoreReport> {
  const made = await createRoles(client, text, wanted, signal);
  const existing = await client.standing.ask(existingRoles);
  const lost = [...new Set([...wanted, ...recorded])].filter((role) => !existing.has(role));
  return {
    target: GLOBALS,
    objects: wanted.length,
    rows: 0,
    counts: {},
    differences: lost.map((name) => ({ name: `role ${name}`, expected: 'a role', found: 'no such role' })),
    compared: true,
    notes: made.length === 0 ? [] : [`roles made: ${list(made)}`],
  };
}

/** Those that were counted when the dump was made; the text alone would not show that one is gone from it. */
function recordedRoles({ facts }: StoredSource): string[] {
  const roles = facts?.details.roles;
  return Array.isArray(roles) ? roles.map(String) : [];
}
