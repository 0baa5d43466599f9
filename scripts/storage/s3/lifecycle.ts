import type { LifecycleRule } from '@aws-sdk/client-s3';
import { Failure } from '../../common/failure.ts';
import type { StorageAdvice, StorageOptions } from '../storage.ts';
import type { Bucket, S3Connection } from './bucket.ts';

/** What costs money unseen in a bucket: parts of uploads that nobody ends, and old versions of what was removed. */
export async function adviseOn(bucket: Bucket, options: StorageOptions): Promise<StorageAdvice[]> {
  const rules = await rulesOf(bucket, options);
  if (rules === undefined) return [];
  const active = rules.filter(({ Status }) => Status === 'Enabled');
  const advice: StorageAdvice[] = [];
  if (!active.some((rule) => rule.AbortIncompleteMultipartUpload !== undefined)) {
    advice.push({
      what: 'the bucket has no lifecycle rule that ends incomplete uploads',
      why: 'what a machine left that never came back is paid for, and is in no listing',
      mend: 'set AbortIncompleteMultipartUpload to 2 days (docs/storage-s3.md has the rule); MinIO does so by itself',
    });
  }
  const keepsVersions = await isVersioned(bucket, options);
  if (keepsVersions && !active.some((rule) => rule.NoncurrentVersionExpiration !== undefined)) {
    advice.push({
      what: 'the bucket keeps versions and no lifecycle rule removes old ones',
      why: 'sets that retention removed stay and are paid for',
      mend: 'set NoncurrentVersionExpiration to as many days as a mistake may stay unnoticed (docs/storage-s3.md)',
    });
  }
  return advice;
}

async function rulesOf(bucket: Bucket, options: StorageOptions): Promise<readonly LifecycleRule[] | undefined> {
  const answer = await askIfAllowed(bucket, options, ({ sdk, client, abort }) =>
    client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket.options.bucket }), abort),
  );
  if (answer === undefined) return undefined;
  return answer === 'not there' ? [] : (answer.Rules ?? []);
}

async function isVersioned(bucket: Bucket, options: StorageOptions): Promise<boolean> {
  const answer = await askIfAllowed(bucket, options, ({ sdk, client, abort }) =>
    client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket.options.bucket }), abort),
  );
  return answer !== 'not there' && answer?.Status === 'Enabled';
}

/** Undefined where the key may not ask, or the provider knows no such thing: then there is nothing to say. */
async function askIfAllowed<Answer>(
  bucket: Bucket,
  options: StorageOptions,
  work: (connection: S3Connection) => Promise<Answer>,
): Promise<Answer | 'not there' | undefined> {
  try {
    return await bucket.call('cannot ask for the settings of the bucket', work, options);
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
    return error.code === 'not-found' ? 'not there' : undefined;
  }
}
