import type { Environment } from './child.ts';
import { dockerEngine } from './docker.ts';
import type { Engine } from './engine.ts';
import { hostEngine } from './host.ts';
import { podmanEngine } from './podman.ts';

/**
 * Every engine there is, reachable or not: podman before docker, as CONTAINER_CMD's default has it, then this machine.
 * A container that two of them show (docker as podman's other name) counts for the first; discovery sees to that.
 */
export function allEngines(environment: Environment): Engine[] {
  return [podmanEngine(environment), dockerEngine(environment), hostEngine(environment)];
}
