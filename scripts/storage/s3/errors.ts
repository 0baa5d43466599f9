import { Failure, type FailureCode, type FailureFacts } from '../../common/failure.ts';

/** What an answer of the far side, or the lack of one, is about. */
export interface S3Deed {
  /** What could not be done, in lower case: `cannot write "a/b"`. */
  readonly what: string;
  readonly bucket: string;
  /** For people: the address that was asked. */
  readonly endpoint: string | undefined;
}

/** What is known of an error of the SDK; everything may be missing. */
interface S3Answer {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly status?: number;
  readonly region?: string;
}

/** Codes of S3 by meaning. Statuses decide about the rest. */
const CODES: Readonly<Record<string, FailureCode>> = {
  NoSuchKey: 'not-found',
  NotFound: 'not-found',
  NoSuchUpload: 'not-found',
  NoSuchBucket: 'not-found',
  SlowDown: 'unreachable',
  Throttling: 'unreachable',
  ThrottlingException: 'unreachable',
  TooManyRequests: 'unreachable',
  RequestTimeout: 'unreachable',
  TimeoutError: 'unreachable',
  InternalError: 'unreachable',
  OperationAborted: 'unreachable',
  ConditionalRequestConflict: 'unreachable',
  // Damaged on the way: the server compared what it got with what was signed.
  BadDigest: 'unreachable',
  IncompleteBody: 'unreachable',
  XAmzContentSHA256Mismatch: 'unreachable',
  XAmzContentChecksumMismatch: 'unreachable',
  // The SDK takes the time from the answer, so that a second try is right.
  RequestTimeTooSkewed: 'unreachable',
  XMinioStorageFull: 'no-space',
  QuotaExceeded: 'no-space',
  CredentialsProviderError: 'denied',
  ExpiredToken: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  AccessDenied: 'denied',
  ObjectLocked: 'denied',
};

/** System codes of a network that may be back in a moment. */
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

const STATUSES: Readonly<Record<number, FailureCode>> = {
  401: 'denied',
  403: 'denied',
  404: 'not-found',
  408: 'unreachable',
  425: 'unreachable',
  429: 'unreachable',
  501: 'storage',
  507: 'no-space',
};

/** What a lock of the bucket or of the object calls itself in the messages of the providers. */
const LOCK = /object.?lock|retention|legal hold|worm|is locked|lock rule|immutable/i;

/** Names that begin so come from the check of a TLS certificate. */
const CERTIFICATE = /^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/**
 * Turns what the SDK threw into a Failure. The error itself is not kept: it holds the request, and with it a session
 * token.
 */
export function s3Failure(error: unknown, deed: S3Deed): Failure {
  if (error instanceof Failure) return error;
  const answer = answerOf(error);
  const code = codeOf(answer);
  if (code === undefined) return new Failure('internal', { message: deed.what, detail: answer.message, cause: error });
  const detail = detailOf(answer);
  return new Failure(code, { detail, message: deed.what, ...wordsFor(answer, deed) });
}

/** Is this the answer that a thing exists already, or that a part of the protocol is not there? */
export function hasName(error: unknown, ...names: readonly string[]): boolean {
  return names.includes(answerOf(error).name);
}

/** The HTTP status of an answer, when there was one. */
export function statusOf(error: unknown): number | undefined {
  return answerOf(error).status;
}

function answerOf(error: unknown): S3Answer {
  if (!(error instanceof Error)) return { name: 'unknown', message: String(error) };
  const { name, message } = error;
  const { code, $metadata, Region } = error as Error & Partial<Record<'code' | 'Region', unknown>> & Metadata;
  return {
    name,
    message,
    ...(typeof code === 'string' && { code }),
    ...($metadata?.httpStatusCode !== undefined && { status: $metadata.httpStatusCode }),
    ...(typeof Region === 'string' && { region: Region }),
  };
}

interface Metadata {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function codeOf({ name, code, status }: S3Answer): FailureCode | undefined {
  if (name === 'AbortError') return 'interrupted';
  const known = CODES[name];
  if (known !== undefined) return known;
  if (code !== undefined && NETWORK.has(code)) return 'unreachable';
  if (code !== undefined && (CERTIFICATE.test(code) || code === 'EPROTO')) return 'storage';
  if (status === undefined) return undefined;
  // A good status with an error is an answer that could not be read to its end.
  if (status < 300) return 'unreachable';
  return STATUSES[status] ?? (status >= 500 ? 'unreachable' : 'storage');
}

function detailOf({ name, message, status }: S3Answer): string {
  const words = message === name || message === 'UnknownError' ? name : `${name}: ${message}`;
  return status === undefined ? words : `${words} (HTTP ${status})`;
}

/** A better message, and something to try, for what is known to be asked about. */
function wordsFor(answer: S3Answer, { what, bucket, endpoint }: S3Deed): Partial<FailureFacts> {
  const { name, message, code, status, region } = answer;
  if (name === 'NoSuchBucket') return noBucket(what, bucket, endpoint);
  if (name === 'RequestTimeTooSkewed')
    return { message: `${what}: the clock of this machine is wrong`, hint: 'timedatectl status' };
  if (LOCK.test(message) || name === 'ObjectLocked')
    return { message: `${what}: it is locked against deletion until its time is over` };
  if (name === 'CredentialsProviderError') {
    return {
      message: `${what}: no access key was found`,
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
    };
  }
  if (status === 501) return { hint: 'BACKUP_S3_CHECKSUMS=none, when the provider does not take checksum headers' };
  if (region !== undefined)
    return { message: `${what}: the bucket "${bucket}" is elsewhere`, hint: `BACKUP_S3_REGION=${region}` };
  if (/Content-MD5|checksum/i.test(message) && status === 400)
    return { hint: 'BACKUP_S3_CHECKSUMS=md5, which a bucket with object lock may ask for' };
  if (CERTIFICATE.test(code ?? ''))
    return {
      message: `${what}: the certificate of "${endpoint ?? 'AWS'}" is not trusted`,
      hint: 'NODE_EXTRA_CA_CERTS=ca.pem, when it is from a private authority',
    };
  return {};
}

function noBucket(what: string, bucket: string, endpoint: string | undefined): Partial<FailureFacts> {
  const where = endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`;
  return {
    message: `${what}: there is no bucket "${bucket}"`,
    hint: `aws s3api create-bucket --bucket ${bucket}${where}`,
  };
}
