import { Failure } from '../common/failure.ts';
import type { ServerAddress } from '../datastores/datastore.ts';
import { serverForm } from '../datastores/index.ts';
import { serverLabel } from '../datastores/server-url.ts';
import type { Engine } from '../engines/engine.ts';
import { type Candidate, candidateLabel } from './candidates.ts';
import type { Config, ServerSettings } from './config.ts';

/** Settings that hold for every server without one of its own. */
type Defaults = Pick<Config, 'lockWaitSeconds' | 'sums'>;

/** The address of a server in a container. */
export function containerAddress(server: ServerSettings, found: Candidate, defaults: Defaults): ServerAddress {
  const { engine, service } = found;
  return {
    ...shared(server, defaults),
    engine,
    service: service.id,
    image: service.image,
    label: candidateLabel(found),
  };
}

/** The address of a server that is reached over TCP or a socket; throws Failure "internal" without a host engine. */
export function hostAddress(server: ServerSettings, engines: readonly Engine[], defaults: Defaults): ServerAddress {
  const engine = engines.find(({ name }) => name === 'host');
  if (engine === undefined) throw new Failure('internal', { message: 'a server by address needs the host engine' });
  const { host, port } = server;
  return {
    ...shared(server, defaults),
    engine,
    service: '',
    label: hostLabel(server),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}

/** "postgres://db.example:5432", without user, password and parameters. */
function hostLabel({ kind, host, port }: ServerSettings): string {
  const form = serverForm(kind);
  if (form === undefined) return `${kind} of this machine`;
  if (host === undefined || host.startsWith('/')) return `${kind} socket ${host ?? '(the usual one)'}`;
  return serverLabel(form.url, host, port);
}

function shared(server: ServerSettings, defaults: Defaults) {
  const { kind, name, user, password, parameters, databases, files, secrets, own } = server;
  const waits = 'lock_wait_seconds' in (serverForm(kind)?.own ?? {});
  const lockWaitSeconds = waits
    ? ((own?.lock_wait_seconds as number | undefined) ?? defaults.lockWaitSeconds)
    : undefined;
  return {
    kind,
    name,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(databases === undefined ? {} : { databases }),
    ...(files === undefined ? {} : { files }),
    ...(own === undefined ? {} : { own }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(lockWaitSeconds === undefined ? {} : { lockWaitSeconds }),
    ...(defaults.sums === undefined ? {} : { sums: defaults.sums }),
  };
}
