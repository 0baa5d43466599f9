import { Failure } from '../../common/failure.ts';
import type { StorageAdvice, StorageOptions } from '../storage.ts';
import type { Bucket } from './bucket.ts';

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

/** Undefined where the key may not ask, or the provider knows no such thing: then there is nothing to say. */
async function rulesOf(bucket: Bucket, options: StorageOptions) {
  try {
    const answer = await bucket.call(
      'cannot read the lifecycle rules',
      ({ sdk, client, abort }) =>
        client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket.options.bucket }), abort),
      options,
    );
    return answer.Rules ?? [];
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
    return error.code === 'not-found' ? [] : undefined;
  }
}

async function isVersioned(bucket: Bucket, options: StorageOptions): Promise<boolean> {
  try {
    const answer = await bucket.call(
      'cannot ask for versioning',
      ({ sdk, client, abort }) =>
        client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket.options.bucket }), abort),
      options,
    );
    return answer.Status === 'Enabled';
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
    return false;
  }
}
