import type * as Sdk from '@aws-sdk/client-s3';
import type { S3Options } from './options.ts';

/** Connections to one provider: those of a few uploads side by side. */
export const MOST_CONNECTIONS = 32;

/**
 * Loads the SDK (a tenth of a second, so not before it is needed) and makes a client. Tries nothing twice by itself:
 * one patience, ours, counts. Checksums are asked for by name where they are wanted, for the SDK would else add them
 * everywhere and many providers answer 501 to that (pitfalls e1).
 */
export async function connect(options: S3Options): Promise<{ sdk: typeof Sdk; client: Sdk.S3Client }> {
  const sdk = await import('@aws-sdk/client-s3');
  const { keys, profile, endpoint, region, pathStyle, times } = options;
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: endpoint === undefined,
    requestHandler: {
      connectionTimeout: times.connect,
      socketTimeout: times.idle,
      httpAgent: { maxSockets: MOST_CONNECTIONS },
      httpsAgent: { maxSockets: MOST_CONNECTIONS },
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(keys !== undefined && { credentials: credentialsOf(keys) }),
    ...(profile !== undefined && { profile }),
  });
  return { sdk, client };
}

function credentialsOf({ id, secret, token }: NonNullable<S3Options['keys']>) {
  return {
    accessKeyId: id.reveal(),
    secretAccessKey: secret.reveal(),
    ...(token !== undefined && { sessionToken: token.reveal() }),
  };
}
