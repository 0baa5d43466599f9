import { Failure } from '../common/failure.ts';
import type { CallOptions, Engine, RunResult } from '../engines/engine.ts';

/** A program of this machine that rules services: systemctl, kubectl. */
export type Program = (words: readonly string[], options?: CallOptions) => Promise<RunResult>;

/** Milliseconds that a question has. */
const QUESTION = 30_000;

/** `host`: the engine of this machine. Throws Failure "tool-missing" where the program is not there. */
export function programOf(host: Engine, name: string): Program {
  return (words, options = {}) => host.run('', { argv: [name, ...words] }, { timeoutMs: QUESTION, ...options });
}

/** What a program said, which must have ended well. Throws Failure "tool-failed" with its words. */
export async function saidBy(
  program: Program,
  words: readonly string[],
  about: { readonly what: string; readonly options?: CallOptions },
): Promise<RunResult> {
  const result = await program(words, about.options);
  if (result.code === 0) return result;
  throw new Failure('tool-failed', {
    message: `${about.what}: it ended with exit code ${result.code}`,
    detail: result.stderr.trim() || result.stdout.trim() || undefined,
    step: 'services',
  });
}
