import { type Hook, runHook } from '../../around/hook.ts';
import type { Surroundings } from '../../around/shell.ts';
import { toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import type { Workbench } from '../workbench.ts';

/** What the commands of a person are told, in their environment. */
export interface HookFacts {
  /** HOLDFAST_COMMAND: "backup". */
  readonly command: string;
  /** HOLDFAST_SET; empty while there is none. */
  readonly set?: string | undefined;
  /** HOLDFAST_SOURCES, with commas between them: "postgres/app". */
  readonly sources: readonly string[];
  /** HOLDFAST_ERROR, on one line. */
  readonly error?: string | undefined;
}

/** A hook that ran, for reports. */
export interface HookRun {
  readonly name: string;
  readonly milliseconds: number;
  /** The last 64 KiB. */
  readonly output: string;
}

/** Where commands run, and what they find in their environment. */
export async function surroundingsOf({ config }: Pick<Workbench, 'config'>, facts: HookFacts): Promise<Surroundings> {
  const { environmentForCommands } = await import('../../config/around-environment.ts');
  return {
    folder: config.folder,
    environment: {
      ...(await environmentForCommands(processEnvironment(), config.around.taken)),
      HOLDFAST_COMMAND: facts.command,
      HOLDFAST_SET: facts.set ?? '',
      HOLDFAST_ENVIRONMENT: config.environment,
      HOLDFAST_SOURCES: facts.sources.join(','),
      ...(facts.error === undefined ? {} : { HOLDFAST_ERROR: facts.error.replace(/\s+/g, ' ').trim() }),
    },
  };
}

/**
 * Runs hooks one after the other; the first that fails ends them. `place`: their name in holdfast.yaml, "before.backup".
 * Throws the Failure of {@link runHook}.
 */
export async function runHooks(
  hooks: readonly Hook[],
  place: string,
  { bench, facts, signal }: { readonly bench: Workbench; readonly facts: HookFacts; readonly signal: AbortSignal },
): Promise<HookRun[]> {
  const runs: HookRun[] = [];
  if (hooks.length === 0) return runs;
  const surroundings = await surroundingsOf(bench, facts);
  const { report } = bench.context;
  for (const hook of hooks) {
    const began = Date.now();
    try {
      const output = await runHook(hook, surroundings, signal);
      const said = output === '' ? '' : `, and said:\n${output}`;
      report({ kind: 'note', source: place, message: `"${hook.name}" ran${said}` });
      runs.push({ name: hook.name, milliseconds: Date.now() - began, output });
    } catch (error) {
      const failure = toFailure(error, { source: place, step: 'hook' });
      report({ kind: 'failed', source: place, message: failure.message });
      throw failure;
    }
  }
  return runs;
}
