/** What the tests of the storages `s3` and `r2` share: a server, a fresh bucket a test, and storages in it. */
import { after, before, type TestContext } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Secret } from '../../scripts/common/secret.ts';
import { openS3 } from '../../scripts/storage/s3/open.ts';
import type { S3Decisions } from '../../scripts/storage/s3/options.ts';
import type { S3Settings } from '../../scripts/storage/s3/settings.ts';
import type { Storage } from '../../scripts/storage/storage.ts';
import { type Minio, startMinio } from '../stack/minio.ts';

/** Tries again at once, so that a test does not wait: the delays are tested by themselves. */
export const HASTY = { attempts: 4, firstDelay: 5, longestDelay: 50 };

const MEBIBYTE = 1024 * 1024;

/** The smallest parts that a server takes: several of them in a few MB. */
export const SMALL_PARTS = {
  stages: [
    { until: 3, bytes: 5 * MEBIBYTE },
    { until: 10_000, bytes: 6 * MEBIBYTE },
  ],
  leastEqual: 5 * MEBIBYTE,
  unknownEqual: 5 * MEBIBYTE,
  memory: 15 * MEBIBYTE,
};

/** How a storage of a test differs from the ordinary. */
export interface StorageChanges {
  readonly settings?: Partial<S3Settings>;
  readonly decisions?: S3Decisions;
  readonly scheme?: 's3' | 'r2';
}

/** A server for all tests of a file, and what is made in it. */
export interface S3Server {
  readonly minio: () => Minio;
  /** A client of the test's own, past our code. */
  readonly client: () => S3Client;
  /** Makes a bucket that no other test uses. */
  readonly bucket: () => Promise<string>;
  /** A storage in a new bucket, or in the one of the settings. */
  readonly storage: (changes?: StorageChanges) => Promise<Storage & { readonly bucket: string }>;
}

/** Starts a server before the tests of this file and ends it after them. */
export function s3Server(start: () => Promise<Minio> = startMinio): S3Server {
  let running: Minio | undefined;
  let plain: S3Client | undefined;
  let buckets = 0;
  before(async () => {
    running = await start();
    plain = clientOf(running);
  });
  after(async () => {
    plain?.destroy();
    await running?.stop();
  });
  const minio = () => running ?? fail('the server is started before the tests');
  const client = () => plain ?? fail('the client is made before the tests');
  const bucket = async () => {
    buckets += 1;
    const name = `bucket-${buckets}`;
    await client().send(new CreateBucketCommand({ Bucket: name }));
    return name;
  };
  return { minio, client, bucket, storage: async (changes = {}) => openTestStorage(minio(), changes, bucket) };
}

async function openTestStorage(minio: Minio, changes: StorageChanges, bucket: () => Promise<string>) {
  const name = changes.settings?.bucket ?? (await bucket());
  const settings = {
    bucket: name,
    endpoint: minio.endpoint,
    accessKeyId: new Secret(minio.accessKeyId),
    secretAccessKey: new Secret(minio.secretAccessKey),
    prefix: 'backups/shop',
    ...changes.settings,
  };
  const times = { questions: HASTY, bytes: HASTY, ...changes.decisions?.times };
  const parts = { ...SMALL_PARTS, ...changes.decisions?.parts };
  const scheme = changes.scheme ?? 's3';
  const storage = openS3(settings, { name: scheme }, scheme, { ...changes.decisions, times, parts });
  return { ...storage, bucket: name };
}

function clientOf({ endpoint, accessKeyId, secretAccessKey }: Minio): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
}

function fail(message: string): never {
  throw new Error(message);
}

/** Called by the contract suite, which knows of no server. */
export function factoryOf(server: S3Server, changes: StorageChanges): (test: TestContext) => Promise<Storage> {
  return () => server.storage(changes);
}
