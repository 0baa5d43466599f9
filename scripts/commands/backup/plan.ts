import { type Rebuild, wordCall } from '../../around/rebuild.ts';
import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { Kind } from '../../common/kinds.ts';
import type { Discovery } from '../../config/discover.ts';
import type { PlannedSource } from '../../datastores/datastore.ts';
import { isServerKind } from '../../datastores/index.ts';
import type { ManifestAbsence } from '../../sets/manifest.ts';
import { type Choice, isChosen, sourceLabel } from '../choose.ts';
import type { Connected, Unreached } from '../servers.ts';

/** One dump that a backup is going to take. */
export interface PlannedDump {
  readonly from: Connected;
  readonly source: PlannedSource;
  /** As people see it: "postgres/app". */
  readonly label: string;
}

/** Everything that a backup is going to do; a dry run prints it, a real run executes it. */
export interface BackupPlan {
  /** Largest first. */
  readonly dumps: readonly PlannedDump[];
  readonly skipped: readonly ManifestAbsence[];
  readonly failed: readonly ManifestAbsence[];
}

/** Why a source is not in the set, as the manifest keeps it: what happened, the system's own words, what to try. */
export function reasonOf({ message, detail, hint }: Failure): string {
  const words = detail?.trim() ? `${message}: ${detail.trim()}` : message;
  return hint === undefined ? words : `${words}; try: ${hint}`;
}

/**
 * Servers that discovery saw and that do not run, of kinds for which it found no other: left out, and named, because
 * a set never quietly lacks something.
 */
export function stoppedServers({ servers, failures, looked }: Discovery, kinds: readonly Kind[]): ManifestAbsence[] {
  const known = new Set([...servers, ...failures].map(({ kind }) => kind));
  // No container that does not run stands for files of this machine.
  const missing = kinds.filter((kind) => isServerKind(kind) && !known.has(kind) && looked.stopped.length > 0);
  return missing.map((kind) => ({ kind, name: WHOLE_SERVER, server: 'default', reason: looked.stopped.join('; ') }));
}

/** What is made anew after a restore, where everything is backed up: not in the set, and named in it. */
export function rebuiltInstead(rebuilds: readonly Rebuild[], { kinds, sources }: Choice): ManifestAbsence[] {
  if (kinds.size + sources.size > 0) return [];
  return rebuilds.map((rebuild) => ({
    kind: 'rebuild',
    name: rebuild.name,
    server: 'default',
    reason: `not backed up: made anew after a restore by "${wordCall(rebuild)}"`,
  }));
}

/** The name that stands for "everything on this server" when the server itself did not answer. */
const WHOLE_SERVER = '*';

/** Asks every server what it holds and sets it against what was asked for. */
export async function planBackup(
  connected: readonly Connected[],
  unreached: readonly Unreached[],
  choice: Choice,
  context: Context,
): Promise<BackupPlan> {
  const dumps: PlannedDump[] = [];
  const known: string[] = [];
  const skipped: ManifestAbsence[] = [];
  const failed: ManifestAbsence[] = unreached.map(({ kind, name: server, failure }) => ({
    kind,
    name: WHOLE_SERVER,
    server,
    reason: reasonOf(failure),
  }));
  for (const from of connected) {
    const { kind, name: server } = from.address;
    const absence = (entry: { name: string; reason: string }): ManifestAbsence => ({ kind, server, ...entry });
    const chosen = (entry: { name: string }): boolean => isChosen(choice, { kind, server, name: entry.name });
    try {
      const plan = await from.server.plan(context);
      known.push(...plan.sources.map((source) => sourceLabel({ kind, server, name: source.name })));
      for (const source of plan.sources.filter(chosen)) {
        dumps.push({ from, source, label: sourceLabel({ kind, server, name: source.name }) });
      }
      const isEmpty = plan.sources.length + plan.skipped.length + plan.failed.length === 0;
      if (isEmpty) skipped.push(absence({ name: WHOLE_SERVER, reason: 'the server holds no database to back up' }));
      skipped.push(...plan.skipped.filter(chosen).map(absence));
      failed.push(...plan.failed.filter(chosen).map(absence));
    } catch (error) {
      failed.push(absence({ name: WHOLE_SERVER, reason: reasonOf(toFailure(error)) }));
    }
  }
  context.signal.throwIfAborted();
  requireNamedSources(choice, known, dumps, [...skipped, ...failed]);
  dumps.sort((left, right) => right.source.sizeBytes - left.source.sizeBytes);
  return { dumps, skipped, failed };
}

/** A source that was named on the command line must be there: a typo must not end as a green run without it. */
function requireNamedSources(
  choice: Choice,
  known: readonly string[],
  dumps: readonly PlannedDump[],
  absent: readonly ManifestAbsence[],
): void {
  for (const wanted of choice.sources) {
    const one = { kinds: new Set<never>(), sources: new Set([wanted]) };
    const planned = dumps.some(({ from, source }) =>
      isChosen(one, { kind: source.kind, name: source.name, server: from.address.name }),
    );
    if (planned || absent.some((entry) => entry.name === WHOLE_SERVER || isChosen(one, entry))) continue;
    const found = known.map((label) => `"${label}"`).join(', ') || 'none';
    throw new Failure('not-found', {
      message: `there is no source "${wanted}"; found ${found}`,
      hint: 'holdfast backup --dry-run',
    });
  }
}
