import type { Context } from '../../../common/context.ts';
import type { RestoreReport, RestoreStep, StepOutcome } from '../../restore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { converse } from '../connection/talks.ts';
import { removeGeneration } from '../generations/generations.ts';
import { GLOBALS } from '../names.ts';
import { bringRoles, list } from './checks.ts';
import { compareWithFacts } from './compare.ts';
import { createDatabase, describeDatabase, dropDatabase, endCreation } from './database.ts';
import { loadArchive } from './load.ts';
import { ownerIn } from './needs.ts';
import { passesOf } from './passes.ts';
import type { RestorePlan } from './plan.ts';
import { remarksOn } from './remarks.ts';
import { removeExtras, spellExtras } from './removal.ts';
import { checkSequences } from './sequences-after.ts';
import { analyze } from './statistics.ts';

/** So long a database may take to go, in milliseconds; not bound to the signal that ended the run. */
const PATIENCE = 60_000;

/** The steps of a restore in their order; what they do was found out and brought before. */
export function stepsOf(client: ConnectedClient, plan: RestorePlan): RestoreStep[] {
  const { place, state, extras } = plan;
  return [
    ...(state.missingRoles.length > 0 ? [rolesStep(client, plan)] : []),
    ...(place.kind === 'over' ? [] : [createStep(client, plan)]),
    ...(extras.length > 0 ? [removeStep(client, plan)] : []),
    restoreStep(client, plan),
    ...(plan.isWhole || place.kind !== 'over' ? [describeStep(client, plan)] : []),
    compareStep(client, plan),
  ];
}

/** Roles that were made stay: nobody uses them, and another source may by now. */
function rolesStep(client: ConnectedClient, { state }: RestorePlan): RestoreStep {
  return {
    kind: 'roles',
    text: `create the roles ${list(state.missingRoles)} from ${GLOBALS}`,
    live: false,
    run: async ({ signal }) => {
      const made = await bringRoles(client, state, signal);
      return made.length === 0 ? {} : { notes: [`roles made: ${list(made)}`] };
    },
  };
}

/** Makes the new database; its undo removes it. */
export function createStep(client: ConnectedClient, { needs, load, mark, wish }: RestorePlan): RestoreStep {
  const owner = ownerIn(needs.describeDatabase);
  let isMade = false;
  return {
    kind: 'create',
    text: `create database "${load.target}"${owner === undefined ? '' : ` for "${owner}"`}`,
    live: false,
    run: async ({ signal }) => {
      await createDatabase(client, needs, { name: load.target, mark }, signal);
      isMade = true;
      return {};
    },
    undo: async () => {
      const signal = AbortSignal.timeout(PATIENCE);
      if (isMade) return dropDatabase(client, load.target, signal);
      await endCreation(client, load.target);
      // The mark tells whether it is ours.
      if (mark === undefined) return;
      await removeGeneration(client, { database: wish.target, part: 'new', stamp: wish.stamp }, signal);
    },
  };
}

function removeStep(client: ConnectedClient, { extras, load }: RestorePlan): RestoreStep {
  return {
    kind: 'remove',
    text: `remove what is not in the set from database "${load.target}": ${spellExtras(extras)}`,
    live: true,
    run: async ({ signal }) => {
      await removeExtras(client, load.target, extras, signal);
      return {};
    },
  };
}

function restoreStep(client: ConnectedClient, { load, place, chosen }: RestorePlan): RestoreStep {
  const over = place.kind === 'over';
  const calls = passesOf(client, load).map(({ options }) => `pg_restore ${options.join(' ')}`.trim());
  const what = chosen === undefined ? '' : ` ${list(chosen.tables)}`;
  const { path, reason } = load.placement;
  const streamed = path === undefined ? `, streamed over one connection: ${reason ?? ''}` : '';
  return {
    kind: 'restore',
    text: `restore${what} ${over ? 'over' : 'into'} database "${load.target}"${streamed} (${load.tools.version}: ${calls.join('; ')})`,
    live: over,
    run: async ({ signal }) => {
      const notes = await loadArchive(client, load, signal);
      if (chosen === undefined) return { notes };
      const sequences = await converse(client, { database: load.target }, signal, checkSequences);
      return { notes: [...notes, ...sequences] };
    },
  };
}

/** Gives the database what belongs to it itself. */
export function describeStep(client: ConnectedClient, { needs, load, mark, place }: RestorePlan): RestoreStep {
  const made = place.kind !== 'over';
  return {
    kind: 'describe',
    text: `bring back ${made ? 'owner, ' : ''}settings, grants and comment of database "${load.target}"`,
    live: !made,
    run: async ({ signal }) => ({
      notes: await describeDatabase(client, needs, { name: load.target, made, mark }, signal),
    }),
  };
}

function compareStep(client: ConnectedClient, plan: RestorePlan): RestoreStep {
  const { load, place, chosen } = plan;
  const what = chosen === undefined ? 'tables, rows, indexes, sequences and large objects' : 'rows of these tables';
  return {
    kind: 'compare',
    text: `collect statistics of database "${load.target}"; compare ${what} with what was recorded`,
    live: place.kind === 'over',
    run: (context) => compare(client, plan, context),
  };
}

async function compare(client: ConnectedClient, plan: RestorePlan, { signal }: Context): Promise<StepOutcome> {
  const { load, place, source, chosen, wish } = plan;
  const where = { target: load.target, made: place.kind !== 'over', only: chosen?.tables };
  const [found, words] = await Promise.all([
    compareWithFacts(client, where, source.facts, signal),
    analyze(client, load, signal),
  ]);
  const report: RestoreReport = {
    target: wish.target,
    objects: found.objects,
    rows: found.rows,
    counts: found.counts,
    differences: found.differences,
    compared: source.facts !== undefined,
    notes: [...words, ...found.notes, ...remarksOn(plan, found.extra)],
  };
  return { report };
}
