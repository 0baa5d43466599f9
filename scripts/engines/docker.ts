import type { Environment } from './child.ts';
import { askClient } from './client.ts';
import { containerEngine } from './container.ts';
import type { Engine } from './engine.ts';

/** Containers of a docker daemon: of this machine, or where DOCKER_HOST or the docker context in `environment` point. */
export function dockerEngine(environment: Environment): Engine {
  // Hints of the client would stand in the stderr of programs.
  const client = {
    name: 'docker',
    program: 'docker',
    environment: { ...environment, DOCKER_CLI_HINTS: 'false' },
  } as const;
  return containerEngine(client, {
    version: async (_, options) =>
      (await askClient(client, ['version', '--format', '{{.Server.Version}}'], options)).trim(),
  });
}
