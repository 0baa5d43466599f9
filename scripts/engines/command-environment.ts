import { Failure } from '../common/failure.ts';
import { Secret } from '../common/secret.ts';
import type { Command } from './engine.ts';
import { SECRET_VARIABLE } from './far-side.ts';

/** Names that the engine's client reads itself: a program's value for them would lead the client astray. */
const CLIENTS_OWN = /^(PATH|HOME|TMPDIR|(DOCKER|CONTAINER|CONTAINERS|PODMAN|BUILDAH|XDG|LD|HOLDFAST)_.*)$/;

/**
 * The variables of a command, its secret file included, with their values in the open. Throws Failure "internal" for
 * a name that no shell can hold, and with `forClient` for one that the engine's client would take for itself.
 */
export function commandEnvironment({ env = {}, secretFile }: Command, forClient: boolean): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_]\w*$/.test(name) || (forClient && CLIENTS_OWN.test(name))) {
      throw new Failure('internal', { message: `the variable "${name}" cannot be handed to a program` });
    }
    values[name] = value instanceof Secret ? value.reveal() : value;
  }
  if (secretFile) values[SECRET_VARIABLE] = secretFile.reveal();
  return values;
}
