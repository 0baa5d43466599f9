import type { Environment } from './child.ts';
import { askClient } from './client.ts';
import { containerEngine } from './container.ts';
import type { Engine } from './engine.ts';

/**
 * Containers of podman: of this machine and user, or where its connection points. `program` is "docker" where that is
 * only another name for podman.
 */
export function podmanEngine(environment: Environment, program = 'podman'): Engine {
  const client = { name: 'podman', program, environment } as const;
  // There is a server of its own only on other systems than Linux, or far away.
  const format = '{{if .Server}}{{.Server.Version}}{{else}}{{.Client.Version}}{{end}}';
  return containerEngine(client, {
    version: async (_, options) => (await askClient(client, ['version', '--format', format], options)).trim(),
  });
}
