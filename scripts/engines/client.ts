import { Failure } from '../common/failure.ts';
import { type Environment, exitCode, startChild } from './child.ts';
import { explainClient } from './client-words.ts';
import { conclude } from './conclude.ts';
import { startDeadline } from './deadline.ts';
import type { CallOptions, EngineName } from './engine.ts';

/** The program through which an engine is spoken to. */
export interface Client {
  readonly name: EngineName;
  /** "docker", "podman", or a path. */
  readonly program: string;
  /** Where the program finds its own settings: PATH, HOME, DOCKER_HOST and so on. */
  readonly environment: Environment;
}

/** An engine that does not answer for so long is taken for dead, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Asks the client for something that is short. Gives its stdout after exit code 0; throws a Failure of the client's
 * words otherwise. `service`: the container it is about.
 */
export async function askClient(
  client: Client,
  argv: readonly string[],
  { service = '', ...options }: CallOptions & { service?: string } = {},
): Promise<string> {
  const what = `"${client.program} ${argv[0]}"`;
  const child = startChild([client.program, ...argv], client.environment);
  const deadline = startDeadline({ timeoutMs: PATIENCE, ...options }, what);
  child.stdin.end();
  try {
    const asked = conclude({ child, nonce: undefined, acknowledge: () => {}, judge: () => undefined }, what);
    asked.catch(() => {});
    const { end, output } = await Promise.race([asked, deadline.passed]);
    if (end.code === 0) return output.toString();
    const message = `${what} ended with exit code ${exitCode(end)}`;
    throw (
      explainClient({ name: client.name, service }, client.program, end) ??
      new Failure('tool-failed', { message, detail: end.stderr.trim() })
    );
  } finally {
    deadline.stop();
    child.kill();
  }
}
