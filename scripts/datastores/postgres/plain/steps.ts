import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { RestoreStep, StepOutcome } from '../../restore.ts';
import { TABLES, type TableRow } from '../backup/catalog.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { codeOf } from '../connection/failures.ts';
import { converse } from '../connection/talks.ts';
import { countRows, spellTable } from '../count.ts';
import { countDifferences } from '../restore/compare.ts';
import type { RestorePlan } from '../restore/plan.ts';
import { analyze } from '../restore/statistics.ts';
import { createStep, describeStep } from '../restore/steps.ts';
import { connectionString } from '../sql.ts';
import type { PlainDump } from './plain-dump.ts';
import { openPlain } from './read.ts';

/** A restore of a plain dump into a database of its own. */
export interface PlainPlan extends Pick<RestorePlan, 'source' | 'wish' | 'place' | 'needs' | 'state' | 'load'> {
  readonly dump: PlainDump;
}

/** The steps in their order. */
export function plainSteps(client: ConnectedClient, plan: PlainPlan): RestoreStep[] {
  const mark = plan.place.kind === 'beside' ? `being restored, to become "${plan.wish.target}"` : undefined;
  const made = { ...plan, mark, isWhole: true, chosen: undefined, extras: [] };
  return [createStep(client, made), loadStep(client, plan), describeStep(client, made), compareStep(client, plan)];
}

function loadStep(client: ConnectedClient, { load, dump }: PlainPlan): RestoreStep {
  const { target, artifact, tools } = load;
  // A psql file has no end of its own at the first error.
  const words = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null', '--file=-'];
  const command = commandOf(client, 'psql', [...words, `--dbname=${connectionString(target)}`], {
    ...{ database: target, session: { synchronous_commit: 'off' }, tools },
  });
  return {
    kind: 'restore',
    text: `run the SQL of the dump in database "${target}", up to the first error (psql ${tools.version})`,
    live: false,
    run: async ({ signal }) => {
      const { engine, service } = client.address;
      try {
        await engine.write(service, command, await openPlain(artifact, signal), dump.bytes, { signal });
        return {};
      } catch (error) {
        throw inItsWords(error);
      }
    },
  };
}

function inItsWords(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'tool-failed') return error;
  const detail = error.detail ?? '';
  return new Failure(codeOf(detail), { message: 'psql stopped at an error of the dump', detail, cause: error });
}

function compareStep(client: ConnectedClient, plan: PlainPlan): RestoreStep {
  return {
    kind: 'compare',
    text: `collect statistics of database "${plan.load.target}"; compare rows with those in the dump`,
    live: false,
    run: (context) => compare(client, plan, context),
  };
}

/** What comes as INSERT is not counted, and of a table that is named without its schema nobody knows which it is. */
async function compare(client: ConnectedClient, plan: PlainPlan, { signal }: Context): Promise<StepOutcome> {
  const { load, dump, wish } = plan;
  const { counts, parents } = await converse(client, { database: load.target }, signal, async (talk) => {
    const all = await talk.rows<TableRow>(TABLES);
    const partitioned = new Set(all.filter(({ parent }) => parent).map(spellTable));
    return { counts: await countRows(talk, all), parents: partitioned };
  });
  const notes = await analyze(client, load, signal);
  const expected = Object.fromEntries([...dump.rows].filter(([name]) => !parents.has(name)));
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const uncounted = Object.keys(counts).length - Object.keys(expected).length;
  const told = uncounted > 0 ? [`of ${uncounted} tables the dump does not tell how many rows they have`] : [];
  return {
    report: {
      ...{ target: wish.target, objects: Object.keys(counts).length, rows, counts },
      ...{ differences: countDifferences(expected, counts), compared: dump.rows.size > 0, notes: [...notes, ...told] },
    },
  };
}
