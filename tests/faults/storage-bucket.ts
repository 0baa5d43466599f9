/** What lies in a bucket, seen past our code. */
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A bucket of a test. */
export interface Bucket {
  /** Of all objects. */
  keys(): Promise<string[]>;
  /** Keys of objects whose upload has begun, of sets that are unfinished. */
  begunUploads(): Promise<string[]>;
  /** Uploads that take space and that no listing shows: MinIO tells of them to those who name the whole key. */
  unfinishedUploads(keys: ReadonlySet<string>): Promise<string[]>;
  close(): void;
}

/** Makes a bucket. */
export async function makeBucket(client: S3Client, name: string): Promise<Bucket> {
  await client.send(new CreateBucketCommand({ Bucket: name }));
  const keys = () => allKeys(client, name);
  return {
    keys,
    begunUploads: async () => {
      const found = (await keys()).map((key) => /^(.*)\.partial\/uploading\/(.*)$/.exec(key));
      return found.flatMap((parts) => (parts === null ? [] : [`${parts[1]}/${parts[2]}`]));
    },
    unfinishedUploads: async (wanted) => {
      const found: string[] = [];
      for (const key of wanted) {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: name, Prefix: key }));
        found.push(...Uploads.map(({ UploadId, Initiated }) => `${key} ${UploadId} ${Initiated?.toISOString()}`));
      }
      return found;
    },
    close: () => client.destroy(),
  };
}

async function allKeys(client: S3Client, Bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ...(ContinuationToken !== undefined && { ContinuationToken }) }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}
