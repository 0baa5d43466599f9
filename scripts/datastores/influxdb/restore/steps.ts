import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { RestoreStep, StepKind, StepOutcome } from '../../restore.ts';
import { type Around, aroundOf, restoreAround } from '../around.ts';
import { dropDatabase } from '../databases.ts';
import { detailsOf } from '../facts.ts';
import { besideName } from '../generations.ts';
import { compare } from './compare.ts';
import { load, type RestorePlan, replace } from './load.ts';

/** What a step leaves for later ones: what belonged to the database that was dropped. */
interface State {
  former?: Around;
}

const UNTOUCHED = 'the live data was not touched';

/**
 * The steps of a restore. Where there is no such database it is simply restored. Over one that is there: first beside it,
 * compared, and only then under its own name, since the server can rename none.
 */
export function stepsOf(plan: RestorePlan): RestoreStep[] {
  const state: State = {};
  const last = [compareStep(plan), describeStep(plan, state)];
  if (!plan.exists) return [intoNothing(plan), ...last];
  return [...besideSteps(plan), overStep(plan, state), ...last, removeBeside(plan)];
}

function intoNothing(plan: RestorePlan): RestoreStep {
  const { connection, wish } = plan;
  const text = `restore "${plan.source.name}" as database "${wish.target}" of ${connection.address.label}`;
  const words = { text, live: false, stands: `database "${wish.target}" may be there in part` };
  const made = step(plan, 'restore', words, async ({ signal }) => {
    await load(plan, wish.target, { signal });
    return {};
  });
  return { ...made, undo: () => dropDatabase(connection, wish.target, {}) };
}

function besideSteps(plan: RestorePlan): RestoreStep[] {
  const { connection, wish, source } = plan;
  const beside = besideName(wish.target, wish.stamp);
  const undo = (): Promise<void> => dropDatabase(connection, beside, {});
  const text = `restore "${source.name}" as "${beside}" beside what is live`;
  const restored = step(plan, 'restore', { text, live: false, stands: UNTOUCHED }, async ({ signal }) => {
    // What a killed run with the same stamp left would be in the way.
    await dropDatabase(connection, beside, { signal });
    await load(plan, beside, { signal });
    return {};
  });
  const words = { text: `compare points and series of "${beside}"`, live: false, stands: UNTOUCHED };
  const compared = step(plan, 'compare', words, async ({ signal }) => {
    const { differences } = await compare({ connection, source, database: beside, isLive: false }, { signal });
    if (differences.length === 0) return {};
    const list = differences.map(({ name, expected, found }) => `${name}: found ${found}, expected ${expected}`);
    throw new Failure('mismatch', { message: `the restored data differs: ${list.join('; ')}` });
  });
  return [{ ...restored, undo }, compared];
}

/** The rights on a database go with it, so that they are asked for first. */
function overStep(plan: RestorePlan, state: State): RestoreStep {
  const { connection, wish } = plan;
  const text = `drop database "${wish.target}" and restore it under this name, since InfluxDB 1 renames no database`;
  const stands = `database "${wish.target}" may be gone, or there in part`;
  return step(plan, 'restore', { text, live: true, stands }, async ({ signal }) => {
    state.former = await aroundOf(connection, wish.target, { signal });
    return { notes: await replace(plan, { signal }) };
  });
}

function compareStep(plan: RestorePlan): RestoreStep {
  const { connection, source, wish, exists } = plan;
  const counts = Object.values(source.facts?.fingerprint.counts ?? {});
  const points = counts.reduce((sum, count) => sum + count, 0);
  const text = `count ${points} points in ${counts.length} measurements of "${wish.target}" and compare`;
  const stands = `database "${wish.target}" was restored, but not compared to the end`;
  return step(plan, 'compare', { text, live: false, stands }, async ({ signal }) => ({
    report: await compare({ connection, source, database: wish.target, isLive: exists }, { signal }),
  }));
}

function describeStep(plan: RestorePlan, state: State): RestoreStep {
  const { connection, source, wish } = plan;
  const text = 'make continuous queries and rights of users, name users that are missing';
  const stands = 'continuous queries and rights were not made';
  return step(plan, 'describe', { text, live: false, stands }, async ({ signal }) => {
    const recorded = detailsOf(source.facts?.details);
    const { target } = wish;
    const order = { recorded, from: source.name, target, former: state.former };
    return { notes: await restoreAround(connection, order, { signal }) };
  });
}

function removeBeside({ connection, source, wish }: RestorePlan): RestoreStep {
  const beside = besideName(wish.target, wish.stamp);
  const words = { text: `remove "${beside}"`, live: false, stands: `"${beside}" is still there` };
  return step({ source }, 'remove', words, async ({ signal }) => {
    await dropDatabase(connection, beside, { signal });
    return {};
  });
}

/** Whatever is thrown becomes a Failure that says the step and what stands. */
function step(
  { source: { name } }: Pick<RestorePlan, 'source'>,
  kind: StepKind,
  { text, live, stands }: { text: string; live: boolean; stands: string },
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const source = `influxdb/${name}`;
  return {
    kind,
    text,
    live,
    run: async (context) => {
      context.report({ kind: 'step', source, step: kind });
      try {
        return await run(context);
      } catch (error) {
        throw toFailure(error).at({ source, step: kind, stands });
      }
    },
  };
}
