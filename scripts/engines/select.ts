import { type Failure, toFailure } from '../common/failure.ts';
import type { Environment } from './child.ts';
import { askClient } from './client.ts';
import { dockerEngine } from './docker.ts';
import type { CallOptions, Engine } from './engine.ts';
import { hostEngine } from './host.ts';
import { podmanEngine } from './podman.ts';

/** Every engine there is, reachable or not: podman before docker, as CONTAINER_CMD's default has it, then this machine. */
export function allEngines(environment: Environment): Engine[] {
  return [podmanEngine(environment), dockerEngine(environment), hostEngine(environment)];
}

/** An engine with containers that can be used. */
export interface UsableEngine {
  readonly engine: Engine;
  readonly version: string;
}

/** An engine with containers that cannot be used, and why: "tool-missing", "unreachable", "denied", ... */
export interface UnusableEngine {
  readonly name: 'podman' | 'docker';
  readonly failure: Failure;
}

/** What {@link selectEngines} found. */
export interface Selection {
  readonly usable: readonly UsableEngine[];
  readonly unusable: readonly UnusableEngine[];
}

/**
 * Asks podman and docker, or only the one that CONTAINER_CMD names, whether they answer. A program "docker" that is
 * podman under another name counts as podman, and not at all where podman itself answers: they show the same containers.
 * Throws the Failure of an engine that was asked for by name and cannot be used.
 */
export async function selectEngines(
  environment: Environment,
  asked: 'podman' | 'docker' | undefined,
  options: CallOptions = {},
): Promise<Selection> {
  const names = asked === undefined ? (['podman', 'docker'] as const) : [asked];
  const answers = await Promise.all(names.map((name) => tryEngine(name, environment, options)));
  const usable = answers.filter((answer) => 'engine' in answer);
  const unusable = answers.filter((answer) => 'failure' in answer);
  const [refused] = unusable;
  if (asked !== undefined && refused) throw refused.failure;
  const known = usable.filter(
    ({ engine }, index) => usable.findIndex((one) => one.engine.name === engine.name) === index,
  );
  return { usable: known, unusable };
}

async function tryEngine(
  name: 'podman' | 'docker',
  environment: Environment,
  options: CallOptions,
): Promise<UsableEngine | UnusableEngine> {
  try {
    const engine = name === 'podman' ? podmanEngine(environment) : await behindDocker(environment, options);
    return { engine, version: await engine.version(options) };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code === 'interrupted') throw failure;
    return { name, failure };
  }
}

/** Asked for its own version, podman's program of the name "docker" tells whose it is. */
async function behindDocker(environment: Environment, options: CallOptions): Promise<Engine> {
  const client = { name: 'docker', program: 'docker', environment } as const;
  const words = await askClient(client, ['--version'], options);
  return /podman/i.test(words) ? podmanEngine(environment, 'docker') : dockerEngine(environment);
}
