import { toFailure } from '../../common/failure.ts';
import type { RunResult, RunStart } from '../../runs/record.ts';
import type { Workbench } from '../workbench.ts';
import { runHooks } from './hooks.ts';

/** The runs whose failure is of interest. */
const COMMANDS = ['backup', 'restore', 'undo', 'drill'];

/**
 * Runs `on.failure` after a backup, a restore, an undo or a drill that did not end well; what a person broke off before it began
 * did not fail. Never throws: the run has its own failure, and that is the one to tell. Not bound to the signal of the
 * run, which may be what ended it.
 */
export async function runOnFailure(bench: Workbench, run: RunStart, result: RunResult): Promise<void> {
  const hooks = bench.config.around.onFailure;
  if (hooks.length === 0 || !COMMANDS.includes(run.command) || !isFailed(run, result)) return;
  const { signal } = new AbortController();
  const { command, choice } = run;
  const sources = result.sources.length > 0 ? result.sources.map(({ source }) => source) : choice;
  const facts = { command, set: result.set, sources, error: wordError(run, result) };
  try {
    await runHooks(hooks, 'on.failure', { bench, facts, signal });
  } catch (error) {
    const { message } = toFailure(error);
    bench.context.report({ kind: 'warning', message: `on.failure did not run to its end: ${message}` });
  }
}

function isFailed({ command }: RunStart, { outcome, error }: RunResult): boolean {
  if (command === 'restore' && error?.code === 'refused') return false;
  return outcome === 'failed' || outcome === 'partial' || outcome === 'interrupted';
}

function wordError({ command }: RunStart, { error, failed, destinations, exitCode }: RunResult): string {
  if (error !== undefined) return error.message;
  const away = destinations.filter(({ failure }) => failure !== undefined);
  const reasons = [
    ...failed.map(({ source, reason }) => `${source}: ${reason}`),
    ...away.map(({ name, failure }) => `${name}: ${failure}`),
  ];
  return reasons.length > 0 ? reasons.join('; ') : `${command} ended with exit code ${exitCode}`;
}
