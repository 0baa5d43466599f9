import { Failure } from '../common/failure.ts';
import { askClient, type Client } from './client.ts';
import type { CallOptions } from './engine.ts';

/** A text of id and start time of a running container. Throws Failure "unreachable" when it does not run. */
export async function identityOf(client: Client, service: string, options: CallOptions): Promise<string> {
  const format = '{{.Id}} {{.State.Running}} {{.State.Status}} {{.State.StartedAt}}';
  const argv = ['inspect', '--type', 'container', '--format', format, service];
  const text = await askClient(client, argv, { ...options, service });
  const [id = '', running, state, ...started] = text.trim().split(' ');
  if (running === 'true') return `${id.slice(0, 12)} started ${started.join(' ')}`;
  throw new Failure('unreachable', {
    message: `the container "${service}" is not running: found it ${state}`,
    hint: `${client.name} start ${service}`,
  });
}
