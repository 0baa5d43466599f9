/** Buckets with objects of every kind, and how the SDK sees them: no code of ours is between. */
import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Minio } from '../minio.ts';

/** A bucket of a server. */
export interface TestBucket {
  make(): Promise<void>;
  exists(): Promise<boolean>;
  put(key: string, body: string | Buffer, facts?: Partial<PutObjectCommandInput>): Promise<void>;
  remove(key: string): Promise<void>;
  /** All keys, in the order of the server. */
  keys(): Promise<string[]>;
  /** Everything that is to come back, object by object: key, size, sha256, headers, metadata, tags. */
  content(): Promise<string[]>;
}

/** A client of a server. */
export function clientOf({ endpoint, accessKeyId, secretAccessKey }: Minio): S3Client {
  const place = { endpoint, region: 'us-east-1', forcePathStyle: true };
  return new S3Client({ ...place, credentials: { accessKeyId, secretAccessKey } });
}

/** A bucket, whether it is there or not. */
export function testBucket(client: S3Client, Bucket: string): TestBucket {
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const from = token === undefined ? {} : { ContinuationToken: token };
      const page = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url', ...from }));
      found.push(...(page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))));
      token = page.NextContinuationToken;
    }
    return found;
  };
  return {
    make: async () => {
      await client.send(new CreateBucketCommand({ Bucket }));
    },
    exists: () =>
      client.send(new HeadBucketCommand({ Bucket })).then(
        () => true,
        () => false,
      ),
    put: async (Key, Body, facts = {}) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: Buffer.byteLength(Body), ...facts }));
    },
    remove: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    keys,
    content: async () => {
      const found: string[] = [];
      for (const Key of await keys()) found.push(await describe(client, Bucket, Key));
      return found;
    },
  };
}

async function describe(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString } = answer;
  const headers = [ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString];
  const tags = TagSet.map(({ Key: name, Value }) => `${name}=${Value}`).sort();
  const sum = createHash('sha256').update(bytes).digest('hex');
  return JSON.stringify([Key, bytes.length, sum, headers, Object.entries(answer.Metadata ?? {}).sort(), tags]);
}

/** Keys that are no paths and no lines. MinIO itself takes none with a part ".", ".." or of no length. */
export const HOSTILE_KEYS = [
  'plain.txt',
  'Plain.txt',
  'PLAIN.TXT',
  'line\nbreak\r\nand\ttab',
  'bell\u0007 and \u001b[31mescape',
  'blanks  at the end ',
  ' blank before',
  'plus+percent%2Fencoded%',
  'question?and=ampersand&hash#',
  '"quotes" \'and\' `ticks` $(touch /tmp/x) ; | \\ back',
  '..dots/...more/.hidden',
  '-rf',
  '~/home',
  'ünï/çødé ☃ 日本語 \u{1F980}/e\u0301 and é',
  '\uFFFD after \u{10FFFF}',
  '__proto__/polluted',
  'constructor/prototype',
  'folder/',
  'folder/of its own/',
  `${'long/'.repeat(200)}${'x'.repeat(24)}`,
];

/** Fills a bucket with objects of every kind. */
export async function fillBucket(bucket: TestBucket): Promise<void> {
  for (const key of HOSTILE_KEYS) await bucket.put(key, key.endsWith('/') ? '' : `content of ${JSON.stringify(key)}`);
  await bucket.put('empty', '');
  await bucket.put('small/edge', randomBytes(256 * 1024));
  await bucket.put('large/edge', randomBytes(256 * 1024 + 1));
  await bucket.put('large/parts', randomBytes(13_000_001), { ContentType: 'video/mp4', Metadata: { kind: 'film' } });
  await bucket.put('facts', '{"a":1}', {
    ContentType: 'application/json; charset=utf-8',
    CacheControl: 'max-age=60, private',
    ContentDisposition: 'attachment; filename="a b.json"',
    ContentEncoding: 'identity',
    ContentLanguage: 'de, en',
    Expires: new Date('2031-01-02T03:04:05Z'),
    Metadata: { owner: 'Zo=?&+ x', 'x-y-z': '1 2' },
    Tagging: 'class=a%20b%2Bc&empty=&name=a%3Db%3A%2F%40',
  });
}
