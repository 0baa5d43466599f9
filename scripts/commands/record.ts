import type { RunEvent } from '../common/context.ts';
import { type Failure, toFailure } from '../common/failure.ts';
import { ownIdentity } from '../common/process-identity.ts';
import { readHistory } from '../runs/died.ts';
import { RUN_SCHEMA, type RunRecord, type RunResult, type RunStart } from '../runs/record.ts';
import { newRunName, openRunLog, type RunLog } from '../runs/run-log.ts';
import { EXIT, exitCodeOf } from '../ui/words.ts';
import { runOnFailure } from './around/on-failure.ts';
import { tellEnd, tellStart } from './notify/tell.ts';
import { runsFolderOf } from './state.ts';
import type { Workbench } from './workbench.ts';

/** What is known of a run before it begins. */
export interface RunFacts {
  /** The verb. */
  readonly command: string;
  /** The words that chose sources or sets. */
  readonly choice: readonly string[];
  readonly schedule?: string | undefined;
}

/** What a run's work is given beside the workbench. */
export interface RunningRun {
  /** Its name: "2026-05-07T02-00-03-a1b2". */
  readonly run: string;
  /** The runs before this one, oldest first. */
  readonly earlier: readonly RunRecord[];
}

/** What a run's work ends with. */
export interface WorkDone {
  readonly exitCode: number;
  readonly result: RunResult;
}

/** What a result says where there is nothing to say. */
export const NOTHING = { sources: [], skipped: [], failed: [], destinations: [], suspicions: [] } as const;

/**
 * Does the work of a run under a record: its first line is written before anything else is touched, every event goes to
 * its log, and how it ended is told to whoever is to be told. Neither a log that cannot be written nor a message that
 * cannot be sent ever fails the work.
 */
export async function recordRun(
  bench: Workbench,
  facts: RunFacts,
  work: (bench: Workbench, run: RunningRun) => Promise<WorkDone>,
): Promise<number> {
  const folder = runsFolderOf(bench);
  const start = await startOf(bench, facts);
  const { log, earlier } = await openLog(folder, start, bench);
  const logged = log === undefined ? bench : withLog(bench, log);
  const end = async (result: RunResult): Promise<void> => {
    await runOnFailure(logged, start, result);
    await log?.end(result).catch((error: unknown) => warn(bench, folder, error));
    const run = { ...start, finishedAt: new Date().toISOString(), result };
    await tellEnd(bench, run, earlier);
  };
  await tellStart(bench, start);
  try {
    const { exitCode, result } = await work(logged, { run: start.run, earlier });
    await end(result);
    return exitCode;
  } catch (error) {
    const failure = toFailure(error);
    await end(resultOf(stopOf(bench) ?? failure));
    throw error;
  }
}

/** As {@link recordRun}, for work that ends with its exit code alone. `set`: the one that it works on. */
export function recordVerb(
  bench: Workbench,
  facts: RunFacts & { readonly set?: string },
  work: (bench: Workbench) => Promise<number>,
): Promise<number> {
  return recordRun(bench, facts, async (logged) => {
    const exitCode = await work(logged);
    const outcome = exitCode === EXIT.done ? 'good' : exitCode === EXIT.partial ? 'partial' : 'failed';
    return {
      exitCode,
      result: { ...NOTHING, outcome, exitCode, ...(facts.set === undefined ? {} : { set: facts.set }) },
    };
  });
}

/** The failure of the signal that ended the run; what broke because of it is no news. */
function stopOf({ context }: Workbench): Failure | undefined {
  return context.signal.aborted ? toFailure(context.signal.reason) : undefined;
}

async function startOf({ config }: Workbench, { command, choice, schedule }: RunFacts): Promise<RunStart> {
  const { host, pid, processStart, bootId } = await ownIdentity();
  const now = new Date();
  return {
    schema: RUN_SCHEMA,
    run: newRunName(now),
    command,
    ...(schedule === undefined ? {} : { schedule }),
    choice,
    environment: config.environment,
    host,
    pid,
    processStart,
    bootId,
    startedAt: now.toISOString(),
  };
}

async function openLog(
  folder: string,
  start: RunStart,
  bench: Workbench,
): Promise<{ log: RunLog | undefined; earlier: readonly RunRecord[] }> {
  try {
    const earlier = await readHistory(folder);
    return { log: await openRunLog(folder, start), earlier };
  } catch (error) {
    warn(bench, folder, error);
    return { log: undefined, earlier: [] };
  }
}

function withLog(bench: Workbench, log: RunLog): Workbench {
  const report = (event: RunEvent): void => {
    log.event(event);
    bench.context.report(event);
  };
  return { ...bench, context: { ...bench.context, report } };
}

function warn({ context }: Workbench, folder: string, error: unknown): void {
  const { message } = toFailure(error);
  context.report({ kind: 'warning', message: `this run is not recorded in "${folder}": ${message}` });
}

function resultOf(failure: Failure): RunResult {
  const { code, message, detail, hint } = failure;
  const outcome = code === 'locked' ? 'skipped' : code === 'interrupted' ? 'interrupted' : 'failed';
  const at = [failure.source, failure.step].filter(Boolean).join(', ');
  return {
    ...NOTHING,
    outcome,
    exitCode: exitCodeOf(failure),
    error: {
      code,
      message: at ? `${at}: ${message}` : message,
      ...(detail !== undefined && { detail }),
      ...(hint !== undefined && { hint }),
    },
  };
}
