import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { CallOptions, ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** Who we are towards the server, or undefined for a server that asks nobody. */
export interface Credentials {
  readonly user: string;
  readonly password: Secret;
}

/**
 * Variables by which images make their first user, the official image's before Bitnami's. Each may also be given as a
 * file inside the container, under the same name with _FILE.
 */
const FAMILIES = [
  { user: 'MONGO_INITDB_ROOT_USERNAME', password: 'MONGO_INITDB_ROOT_PASSWORD', defaultUser: undefined },
  { user: 'MONGODB_ROOT_USER', password: 'MONGODB_ROOT_PASSWORD', defaultUser: 'root' },
] as const;

/**
 * Takes user and password from the address; what is missing there, from the container's own environment. A user without
 * a password is Failure "settings": the server would answer with words that do not help.
 */
export async function findCredentials(
  address: ServerAddress,
  details: ServiceDetails | undefined,
  options: CallOptions,
): Promise<Credentials | undefined> {
  if (address.user !== undefined && address.password !== undefined) {
    return { user: address.user, password: address.password };
  }
  const found = details && (await fromContainer(address, details, options));
  if (address.user === undefined) return found;
  if (found?.user === address.user) return found;
  throw new Failure('settings', { message: `no password is known for user "${address.user}" of ${address.label}` });
}

async function fromContainer(
  address: ServerAddress,
  { environment }: ServiceDetails,
  options: CallOptions,
): Promise<Credentials | undefined> {
  for (const family of FAMILIES) {
    const password = await environmentValue(address, environment, family.password, options);
    if (password === undefined) continue;
    const user = (await environmentValue(address, environment, family.user, options)) ?? family.defaultUser;
    if (user !== undefined) return { user, password: new Secret(password) };
  }
  return undefined;
}

async function environmentValue(
  address: ServerAddress,
  environment: ReadonlyMap<string, string>,
  name: string,
  options: CallOptions,
): Promise<string | undefined> {
  const value = environment.get(name);
  if (value !== undefined && value !== '') return value;
  const file = environment.get(`${name}_FILE`);
  if (file === undefined || file === '') return undefined;
  const { code, stdout, stderr } = await address.engine.run(address.service, { argv: ['cat', file] }, options);
  if (code === 0) return stdout.replace(/\n+$/, '');
  throw new Failure('denied', { message: `"${name}_FILE" of ${address.label} cannot be read`, detail: stderr.trim() });
}
