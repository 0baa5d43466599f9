import type { CallOptions } from '../../engines/engine.ts';
import { type Bucket, openBucket } from '../../storage/s3/bucket.ts';
import { s3Options } from '../../storage/s3/options.ts';
import type { ServerAddress } from '../datastore.ts';
import { findKeys } from './credentials.ts';
import { endpointOf } from './endpoint.ts';

/** The way to one server. */
export interface Connection {
  readonly address: ServerAddress;
  /** A bucket of it, whether it is there or not; always the same for one name. */
  bucket(name: string): Bucket;
}

/** Finds out where the server listens and who we are there; asks it nothing. Throws Failure "settings", "unreachable". */
export async function openConnection(address: ServerAddress, options: CallOptions): Promise<Connection> {
  const details = address.service === '' ? undefined : await address.engine.inspect(address.service, options);
  const endpoint = await endpointOf(address, details, options);
  const keys = await findKeys(address, details, options);
  const { region, path_style } = settingsOf(address);
  const known = new Map<string, Bucket>();
  const open = (name: string): Bucket =>
    openBucket(
      s3Options({
        ...{ bucket: name, endpoint, region, pathStyle: path_style !== 'no' },
        ...(keys && { accessKeyId: keys.id, secretAccessKey: keys.secret }),
      }),
    );
  return {
    address,
    bucket: (name) => {
      const bucket = known.get(name) ?? open(name);
      known.set(name, bucket);
      return bucket;
    },
  };
}

/** Those of holdfast.yaml go before those of the URL. */
function settingsOf({ parameters, own }: ServerAddress): { region?: string; path_style?: string } {
  return { ...parameters, ...(own as Readonly<Record<string, string>> | undefined) };
}
