import { Failure } from '../../common/failure.ts';
import { readHistory } from '../../runs/died.ts';
import type { RunRecord } from '../../runs/record.ts';
import { type RunLine, readRunLines } from '../../runs/run-log.ts';
import { plainProgress } from '../../ui/progress.ts';
import { layTable } from '../../ui/table.ts';
import { EXIT } from '../../ui/words.ts';
import { runsFolderOf } from '../state.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { wordRun } from './run-words.ts';

/** The flags of `holdfast logs`. */
export interface LogsFlags {
  /** "last", the name of a run, or its unambiguous beginning; undefined: the list. */
  readonly run?: string | undefined;
  /** How many runs are listed. */
  readonly number?: string;
}

const LISTED = 20;

/** Lists the newest runs, or shows what happened in one of them. */
export async function logs(flags: LogsFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const folder = runsFolderOf(bench);
  const runs = await readHistory(folder);
  if (flags.run === undefined) return list(runs.slice(-numberOf(flags)), bench);
  const run = choose(flags.run, runs, folder);
  return show(run, await readRunLines(folder, run.run), bench);
}

function numberOf({ number }: LogsFlags): number {
  if (number === undefined) return LISTED;
  if (/^[1-9]\d{0,4}$/.test(number)) return Number(number);
  throw new Failure('usage', { message: `found "${number}" after --number, expected a whole number from 1 on` });
}

function choose(wanted: string, runs: readonly RunRecord[], folder: string): RunRecord {
  const found = wanted === 'last' ? runs.slice(-1) : runs.filter(({ run }) => run.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const names = found.slice(0, 5).map(({ run }) => `"${run}"`);
    throw new Failure('ambiguous', {
      message: `found ${found.length} runs that begin with "${wanted}": ${names.join(', ')}`,
    });
  }
  const hint = 'holdfast logs lists the runs';
  throw new Failure('not-found', { message: `found no run "${wanted}" in "${folder}"`, hint });
}

const COLUMNS = [{ head: 'RUN' }, { head: 'WHAT' }, { head: 'BY' }, { head: 'ENDED' }] as const;

function list(runs: readonly RunRecord[], { screen }: Workbench): number {
  const now = new Date();
  const rows = runs.map((run) => [run.run, run.command, run.schedule ?? 'hand', wordRun(run, now)]);
  screen.print(...(rows.length === 0 ? ['no run is recorded'] : layTable(COLUMNS, rows)));
  screen.printJson({ runs });
  return EXIT.done;
}

function show(run: RunRecord, lines: readonly RunLine[], { screen }: Workbench): number {
  const { result } = run;
  screen.print(
    `${run.command} ${[...run.choice].join(' ')}`.trimEnd(),
    `began ${run.startedAt} on ${run.host}, process ${run.pid}`,
    '',
  );
  let time = '';
  const progress = plainProgress({ write: (text) => screen.print(`${time}  ${text.trimEnd()}`) }, () =>
    Date.parse(time),
  );
  for (const line of lines) {
    time = line.time;
    progress.report(line);
  }
  screen.print(
    '',
    wordRun(run, new Date()),
    ...(result?.suspicions ?? []).map((text) => `! ${text}`),
    ...(result?.failed ?? []).map(({ source, reason }) => `✗ ${source}: ${reason}`),
    ...(result?.error?.detail?.split('\n').map((line) => `  | ${line}`) ?? []),
    ...(result?.error?.hint ? [`try: ${result.error.hint}`] : []),
  );
  screen.printJson({ run, events: lines });
  return EXIT.done;
}
