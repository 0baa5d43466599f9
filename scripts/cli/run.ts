import process from 'node:process';
import { Failure, toFailure } from '../common/failure.ts';
import { openScreen, type Screen } from '../ui/screen.ts';
import { exitCodeOf, explain, wordFailure } from '../ui/words.ts';
import { version } from './verb.ts';

/** Runs one verb under the abort signal, shows its failure, and sets the exit code. */
export async function run(
  flags: { readonly json?: boolean },
  work: (room: { screen: Screen; signal: AbortSignal; version: string }) => Promise<number>,
): Promise<void> {
  const screen = openScreen({ json: flags.json ?? false });
  const stop = new AbortController();
  listenForSignals(stop, screen);
  try {
    process.exitCode = await work({ screen, signal: stop.signal, version });
  } catch (error) {
    const failure =
      stop.signal.aborted && stop.signal.reason instanceof Failure ? stop.signal.reason : toFailure(error);
    show(failure, screen);
  }
}

/** The first signal lets the run end in order; the second ends it at once. */
function listenForSignals(stop: AbortController, screen: Screen): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const failure = new Failure('interrupted', { message: `ended by ${name}` });
      if (stop.signal.aborted) process.exit(exitCodeOf(failure));
      screen.remark(`ending after ${name}: cleaning up (once more to end at once)`);
      stop.abort(failure);
    });
  }
}

/** Shows a failure and sets the exit code. */
export function show(failure: Failure, screen: Screen): void {
  screen.settle();
  screen.printJson({ error: explain(failure) });
  if (!screen.json) screen.remark(wordFailure(failure));
  process.exitCode = exitCodeOf(failure);
}
