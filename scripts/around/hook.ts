import { Failure, toFailure } from '../common/failure.ts';
import { runShell, type Surroundings } from './shell.ts';

/** A command that runs before or after something. */
export interface Hook {
  /** What it is called in plans and reports; the command itself when nobody named it. */
  readonly name: string;
  readonly run: string;
  readonly timeoutSeconds: number;
}

/**
 * Runs a hook; gives what it printed. Throws Failure "tool-failed" when it ends with anything but 0, with what it printed
 * as detail, and what {@link runShell} throws.
 */
export async function runHook(hook: Hook, surroundings: Surroundings, signal: AbortSignal): Promise<string> {
  const { name, run, timeoutSeconds } = hook;
  try {
    const { code, output } = await runShell({ ...surroundings, run, timeoutSeconds }, signal);
    if (code === 0) return output;
    throw new Failure('tool-failed', {
      message: `it ended with exit code ${code}, expected 0`,
      detail: output || undefined,
      stands: 'what it had done by then stands',
    });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code === 'interrupted') throw failure;
    const { code, message, detail, stands, hint } = failure;
    throw new Failure(code, { message: `"${name}": ${message}`, detail, stands, hint, cause: error });
  }
}
