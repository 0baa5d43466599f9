import { Failure } from '../common/failure.ts';
import { askClient, type Client } from './client.ts';
import type { CallOptions, ServiceDetails } from './engine.ts';

/** Id and start of a container: a text that changes when it is restarted or replaced. */
export function identityText({ id, startedAt }: Pick<ServiceDetails, 'id' | 'startedAt'>): string {
  return `${id.slice(0, 12)} started ${startedAt}`;
}

/** The {@link identityText} of a running container. Throws Failure "unreachable" when it does not run. */
export async function identityOf(client: Client, service: string, options: CallOptions): Promise<string> {
  // "json" gives the time as "inspect" itself prints it.
  const format = '{{.Id}} {{.State.Running}} {{.State.Status}} {{json .State.StartedAt}}';
  const argv = ['inspect', '--type', 'container', '--format', format, service];
  const text = await askClient(client, argv, { ...options, service });
  const [id = '', running, state, startedAt = ''] = text.trim().split(' ');
  if (running === 'true') return identityText({ id, startedAt: startedAt.replaceAll('"', '') });
  throw new Failure('unreachable', {
    message: `the container "${service}" is not running: found it ${state}`,
    hint: `${client.name} start ${service}`,
  });
}
