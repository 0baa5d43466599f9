import type { Context } from '../../../common/context.ts';
import { toFailure } from '../../../common/failure.ts';
import type { RestoreStep, StepKind, StepOutcome } from '../../restore.ts';
import { asked } from '../connection/errors.ts';
import { createAbout, dropCollection } from '../generations/about.ts';
import { contentsOf } from '../generations/contents.ts';
import { prefixOf } from '../generations/names.ts';
import { removeGeneration } from '../generations/stored.ts';
import { definitions } from '../generations/views.ts';
import { restoreUsers } from '../users.ts';
import { extrasOf } from './changes.ts';
import { load } from './load.ts';
import { reportOn, type Snapshots, snapshots } from './report.ts';
import { freshOf, type RestorePlan } from './restore-plan.ts';

/** The steps of a restore, in their order. */
export function stepsOf(plan: RestorePlan): RestoreStep[] {
  const state: { before?: Snapshots } = {};
  return [
    ...(plan.way === 'swap' ? [createStep(plan)] : []),
    restoreStep(plan, state),
    ...(plan.way === 'in-place' && plan.wish.exact && plan.only === undefined ? removeSteps(plan) : []),
    compareStep(plan, state),
    ...(plan.users === undefined || plan.only !== undefined ? [] : [rolesStep(plan, plan.users)]),
  ];
}

/** Whatever the driver throws becomes a Failure that says the step and what stands. */
function step(
  plan: RestorePlan,
  kind: StepKind,
  words: { text: string; live: boolean; stands: string },
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const { text, live, stands } = words;
  const source = `mongo/${plan.source.name}`;
  return {
    kind,
    text,
    live,
    run: async (context) => {
      context.report({ kind: 'step', source, step: kind });
      try {
        return await asked(plan.connection.address.label, () => run(context));
      } catch (error) {
        throw toFailure(error).at({ source, step: kind, stands });
      }
    },
  };
}

const UNTOUCHED = 'the live data was not touched';

/** Marks what is going to be restored as ours before there is any of it. */
function createStep(plan: RestorePlan): RestoreStep {
  const { connection, wish, only } = plan;
  const fresh = freshOf(plan);
  const text = `make room for collections "${prefixOf(fresh)}*" in database "${wish.target}"`;
  const made = step(plan, 'create', { text, live: false, stands: UNTOUCHED }, async () => {
    const views = await definitions(plan.definitions);
    // What a killed run with the same stamp left would be added to.
    await removeGeneration(connection, wish.target, fresh);
    await createAbout(connection.client.db(wish.target), fresh, { only, views, exchange: undefined });
    return {};
  });
  return { ...made, undo: () => removeGeneration(connection, wish.target, fresh) };
}

function restoreStep(plan: RestorePlan, state: { before?: Snapshots }): RestoreStep {
  const isBeside = plan.way === 'swap';
  const half = `database "${plan.wish.target}" may be restored in part; what it held before may be gone`;
  const words = { text: restoreText(plan), live: plan.way === 'in-place', stands: isBeside ? UNTOUCHED : half };
  return step(plan, 'restore', words, async (context) => {
    state.before = await snapshots(plan);
    await load(plan, context);
    return {};
  });
}

function restoreText({ connection, from, wish, way, staged, only }: RestorePlan): string {
  const what = only === undefined ? `"${from}"` : `${only.map((name) => `"${name}"`).join(', ')} of "${from}"`;
  const renamed = from === wish.target ? '' : ` as "${wish.target}"`;
  const place = {
    swap: ' beside what is live',
    'in-place': '; collections of the same name are dropped first',
    direct: '',
  };
  const copy =
    staged === undefined ? 'from a stream, since there is no room for a copy beside the server' : 'from a copy';
  return `mongorestore ${what}${renamed} to ${connection.address.label} ${copy}${place[way]}`;
}

function removeSteps(plan: RestorePlan): RestoreStep[] {
  const { connection, wish, expected, live } = plan;
  const names = extrasOf(
    live.map(({ name }) => name),
    expected,
  );
  if (names.length === 0) return [];
  const text = `remove what is not in the set from "${wish.target}": ${names.join(', ')}`;
  const stands = `database "${wish.target}" was restored, and holds more than the set`;
  const removed = step(plan, 'remove', { text, live: true, stands }, async () => {
    const database = connection.client.db(wish.target);
    for (const name of names) await dropCollection(database, name);
    return {};
  });
  return [removed];
}

function compareStep(plan: RestorePlan, state: { before?: Snapshots }): RestoreStep {
  const counts = Object.values(plan.expected.fingerprint.counts);
  const documents = counts.reduce((sum, count) => sum + count, 0);
  const text = `count ${documents} documents in ${counts.length} collections and compare the lists of their indexes`;
  const unproven = `database "${plan.wish.target}" was restored, but not compared to the end`;
  const stands = plan.way === 'swap' ? UNTOUCHED : unproven;
  return step(plan, 'compare', { text, live: false, stands }, async () => {
    const contents = await contentsOf(plan.connection.client.db(plan.wish.target));
    return { report: await reportOn(plan, contents, state.before) };
  });
}

/** After the comparison, and beside whatever is live: roles that are missing are made, and nothing else is changed. */
function rolesStep(plan: RestorePlan, users: NonNullable<RestorePlan['users']>): RestoreStep {
  const text = 'create roles that are missing, name users that are missing';
  return step(plan, 'roles', { text, live: false, stands: 'users and roles were not looked at' }, async () => ({
    notes: await restoreUsers(plan.connection, users, plan.wish.target),
  }));
}
