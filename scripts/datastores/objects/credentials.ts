import { Failure } from '../../common/failure.ts';
import { Secret } from '../../common/secret.ts';
import type { CallOptions, ServiceDetails } from '../../engines/engine.ts';
import type { ServerAddress } from '../datastore.ts';

/** The keys that requests are signed with. */
interface AccessKeys {
  readonly id: Secret;
  readonly secret: Secret;
}

/**
 * Variables by which images make their first key, MinIO's newer names before its older ones. Each may also be given as a
 * file inside the container, under the same name with _FILE.
 */
const FAMILIES = [
  { id: 'MINIO_ROOT_USER', secret: 'MINIO_ROOT_PASSWORD' },
  { id: 'MINIO_ACCESS_KEY', secret: 'MINIO_SECRET_KEY' },
  { id: 'RUSTFS_ACCESS_KEY', secret: 'RUSTFS_SECRET_KEY' },
] as const;

/**
 * Takes the keys from the address; what is missing there, from the container's own environment. Undefined for a server
 * by address without any: the profile or the role of the machine is then used. Throws Failure "settings" for half a pair.
 */
export async function findKeys(
  address: ServerAddress,
  details: ServiceDetails | undefined,
  options: CallOptions,
): Promise<AccessKeys | undefined> {
  const { user, password, label } = address;
  if (user !== undefined && password !== undefined) return { id: new Secret(user), secret: password };
  if (user !== undefined || password !== undefined) {
    const message = `found only one of access key id and secret access key for ${label}, expected both`;
    throw new Failure('settings', { message, hint: 'set OBJECTS_ACCESS_KEY_ID and OBJECTS_SECRET_ACCESS_KEY' });
  }
  if (details === undefined) return undefined;
  for (const family of FAMILIES) {
    const id = await environmentValue(address, details, family.id, options);
    const secret = await environmentValue(address, details, family.secret, options);
    if (id !== undefined && secret !== undefined) return { id: new Secret(id), secret: new Secret(secret) };
  }
  const message = `the environment of ${label} holds no access key`;
  throw new Failure('settings', { message, hint: 'set OBJECTS_URL, OBJECTS_ACCESS_KEY_ID, OBJECTS_SECRET_ACCESS_KEY' });
}

async function environmentValue(
  { engine, service, label }: ServerAddress,
  { environment }: ServiceDetails,
  name: string,
  options: CallOptions,
): Promise<string | undefined> {
  const value = environment.get(name);
  if (value !== undefined && value !== '') return value;
  const file = environment.get(`${name}_FILE`);
  if (file === undefined || file === '') return undefined;
  const { code, stdout, stderr } = await engine.run(service, { argv: ['cat', file] }, options);
  if (code === 0) return stdout.replace(/\n+$/, '');
  throw new Failure('denied', { message: `"${name}_FILE" of ${label} cannot be read`, detail: stderr.trim() });
}
