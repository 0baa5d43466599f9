import type * as Sdk from '@aws-sdk/client-s3';
import { Failure } from '../../common/failure.ts';
import { type Patience, patiently } from '../../common/patience.ts';
import { connect } from './client.ts';
import { s3Failure } from './errors.ts';
import type { S3Options } from './options.ts';

/** A client and the commands to send by it. */
export interface S3Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** Ends the request. */
  readonly abort: { readonly abortSignal?: AbortSignal };
  /** From 1. */
  readonly attempt: number;
}

/** Headers and tags of an object that is somebody's. */
export type ObjectHeaders = Partial<
  Pick<
    Sdk.PutObjectCommandInput & Sdk.CreateMultipartUploadCommandInput,
    | 'ContentType'
    | 'CacheControl'
    | 'ContentDisposition'
    | 'ContentEncoding'
    | 'ContentLanguage'
    | 'Expires'
    | 'WebsiteRedirectLocation'
    | 'Metadata'
    | 'Tagging'
  >
>;

/** How one thing is asked for. */
export interface S3CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: that of questions. */
  readonly patience?: Patience;
}

/** The bucket of one storage: what it was told, what it has learned, and the way to ask it. */
export interface Bucket {
  readonly options: S3Options;
  /** What the provider turned out not to take; each is tried once. */
  readonly lacks: { conditions: boolean; checksums: boolean; heads: boolean };
  /** What objects are written with, in place of what belongs to those of a storage. */
  readonly headers?: ObjectHeaders;
  /** The full key of one relative to the storage's root. */
  fullKey(key: string): string;
  /** Does `work`, again when another try may help. `what` is told when it fails: `cannot read "a"`. Throws Failures. */
  call<Result>(
    what: string,
    work: (connection: S3Connection) => Promise<Result>,
    options?: S3CallOptions,
  ): Promise<Result>;
}

/** The bucket that the settings name. Nothing is loaded or connected before the first call. */
export function openBucket(options: S3Options): Bucket {
  const { bucket: name, endpoint, prefix, times } = options;
  let connection: Promise<Pick<S3Connection, 'sdk' | 'client'>> | undefined;
  return {
    options,
    lacks: { conditions: false, checksums: false, heads: false },
    fullKey: (key) => `${prefix}${key}`,
    call: async (what, work, { signal, patience = times.questions } = {}) => {
      connection ??= connect(options);
      const { sdk, client } = await connection;
      const once = async (attempt: number) => {
        try {
          return await work({ sdk, client, attempt, abort: { ...(signal && { abortSignal: signal }) } });
        } catch (error) {
          throw ended(signal, what) ?? s3Failure(error, { what, bucket: name, endpoint });
        }
      };
      return await patiently(once, { patience, signal });
    },
  };
}

/** After an abort every error is its consequence; the reason is what counts. */
function ended(signal: AbortSignal | undefined, what: string): Failure | undefined {
  if (signal?.aborted !== true) return undefined;
  if (signal.reason instanceof Failure) return signal.reason;
  return new Failure('interrupted', { message: what, detail: 'the request was ended' });
}
