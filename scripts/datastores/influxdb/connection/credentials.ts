import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { CallOptions, ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** Variables of images that name the first administrator and hold the password: the official image's, then Bitnami's. */
const USERS = ['INFLUXDB_ADMIN_USER', 'INFLUXDB_ADMINUSER'];
const PASSWORDS = ['INFLUXDB_ADMIN_PASSWORD', 'INFLUXDB_ADMIN_USER_PASSWORD'];

/** Who logs in. Both are undefined for a server that asks nobody. */
export interface Credentials {
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

/** User and password of the address, else what the container was given to make its first user from. */
export async function findCredentials(
  address: ServerAddress,
  details: ServiceDetails | undefined,
  options: CallOptions,
): Promise<Credentials> {
  const { user, password } = address;
  if (details === undefined) return { user, password };
  const found = user ?? USERS.map((name) => details.environment.get(name)).find((value) => value);
  return { user: found, password: password ?? (await passwordOf(address, details, options)) };
}

async function passwordOf(
  address: ServerAddress,
  { environment }: ServiceDetails,
  options: CallOptions,
): Promise<Secret | undefined> {
  for (const name of PASSWORDS) {
    const value = environment.get(name);
    if (value) return new Secret(value);
    const file = environment.get(`${name}_FILE`);
    if (!file) continue;
    const { code, stdout, stderr } = await address.engine.run(address.service, { argv: ['cat', file] }, options);
    if (code === 0) return new Secret(stdout.replace(/\n+$/, ''));
    const message = `"${name}_FILE" of ${address.label} cannot be read`;
    throw new Failure('denied', { message, detail: stderr.trim() });
  }
  return undefined;
}
