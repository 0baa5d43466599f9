import { createHash } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import { statusOf } from './errors.ts';

/** Under this name an object carries the id of the upload that made it. */
export const UPLOAD_ID = 'holdfast-upload';

/** How an object is to be kept. Small ones (markers, manifests, proofs) stay in the ordinary class: others bill a minimum. */
export function objectHeaders({ options, headers }: Bucket, uploadId: string, { small = false } = {}) {
  if (headers !== undefined) return headers;
  const { encryption, kmsKey, storageClass } = options;
  return {
    Metadata: { [UPLOAD_ID]: uploadId },
    ...(encryption !== undefined && { ServerSideEncryption: encryption }),
    ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
    ...(storageClass !== undefined && !small && { StorageClass: storageClass as 'STANDARD' }),
  };
}

/** The checksum headers of one request with these bytes. */
export function checksumOf(bucket: Bucket, bytes: Uint8Array) {
  if (bucket.options.checksums === 'md5') return { ContentMD5: createHash('md5').update(bytes).digest('base64') };
  return checksumWord(bucket);
}

/** The kind of checksum that the parts of an upload are going to have. */
export function checksumWord({ options, lacks }: Bucket): { ChecksumAlgorithm?: 'CRC32' } {
  return options.checksums === 'crc32' && !lacks.checksums ? { ChecksumAlgorithm: 'CRC32' } : {};
}

/** Does `work` with checksums, and without from then on when the provider says that it has not implemented them. */
export async function withChecksums<Result>(bucket: Bucket, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (statusOf(error) !== 501 || checksumWord(bucket).ChecksumAlgorithm === undefined) throw error;
    bucket.lacks.checksums = true;
    return await work();
  }
}
