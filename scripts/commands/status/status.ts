import { Failure, toFailure } from '../../common/failure.ts';
import { EXIT, explain } from '../../ui/words.ts';
import { openWorkbench, type Room } from '../workbench.ts';
import { PLUGIN_EXIT, wordCheck, wordUnknown } from './check.ts';
import { type Standing, standingOf } from './facts.ts';
import { lookOver } from './overview.ts';
import { type Concern, concernsOf, verdictOf } from './verdict.ts';
import { TOLD_VERBS, wordStatus, wordVerdict } from './words.ts';

/** The flags of `holdfast status`. */
export interface StatusFlags {
  /** For monitoring plug-ins: one line, and their exit codes. */
  readonly check?: boolean;
  /** Where a page for people is written; relative to the current folder. */
  readonly html?: string;
}

/**
 * Tells how things stand: "OK", "WARN" or "CRIT" in the first line, then sources, storages, proof, the last runs, what
 * comes next. Exit code 1 when no good set is young enough anywhere, 3 when it is missing in some storage; with
 * `check` 0, 1, 2 for the first word, and 3 when nothing could be found out.
 */
export async function status(flags: StatusFlags, room: Room): Promise<number> {
  try {
    return await tell(flags, room);
  } catch (error) {
    // A monitor takes exit code 2, which a mistake in the settings has elsewhere, for a lost backup.
    if (!flags.check || room.signal.aborted) throw error;
    const failure = toFailure(error);
    room.screen.settle();
    room.screen.print(wordUnknown(failure.message));
    room.screen.printJson({ verdict: 'UNKNOWN', error: explain(failure) });
    return PLUGIN_EXIT.UNKNOWN;
  }
}

async function tell(flags: StatusFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const overview = await lookOver(bench);
  const standing = standingOf(overview, bench);
  const concerns = concernsOf(standing);
  const page = flags.html === undefined ? undefined : await writePage(flags.html, standing, concerns);
  const { screen } = bench;
  screen.settle();
  screen.printJson(statusForJson(standing, concerns, page));
  if (flags.check) {
    const { lines, exitCode } = wordCheck(standing, concerns);
    screen.print(...lines);
    return exitCode;
  }
  screen.print(...wordStatus(standing, concerns), ...(page === undefined ? [] : [`wrote the page to ${page}`]));
  if (overview.late) return EXIT.failed;
  return overview.destinations.some(({ late }) => late) ? EXIT.partial : EXIT.done;
}

async function writePage(path: string, standing: Standing, concerns: readonly Concern[]): Promise<string> {
  if (path === '') throw new Failure('usage', { message: 'found no name after --html, expected a file' });
  const { statusPage } = await import('./page.ts');
  const { writeStatusPage } = await import('./page-file.ts');
  return await writeStatusPage(path, statusPage(standing, concerns));
}

function statusForJson(standing: Standing, concerns: readonly Concern[], page: string | undefined): object {
  const { environment, runs, destinations, schedules, rpoHours, rtoMinutes, sources, proof, unfinished } = standing;
  const { newest, lastDrill, targetDays } = proof;
  return {
    verdict: verdictOf(concerns),
    text: wordVerdict(standing, concerns),
    concerns,
    environment,
    late: destinations.every(({ late }) => late),
    rpoHours,
    sources,
    storages: destinations.map(({ failure, complete: _sets, partial: _partial, ...fact }) => ({
      ...fact,
      ...(failure && { error: explain(failure) }),
    })),
    proof: { newest, lastDrill: lastDrill?.drill, targetDays, rtoMinutes },
    unfinished,
    lastRuns: TOLD_VERBS.map((command) => runs.findLast((run) => run.command === command)).filter(Boolean),
    schedules: schedules.map(({ schedule, next }) => ({ name: schedule.name, time: schedule.time.text, next })),
    ...(page !== undefined && { page }),
  };
}
