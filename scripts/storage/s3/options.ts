import { Failure } from '../../common/failure.ts';
import { LONG_PATIENCE, type Patience, SHORT_PATIENCE } from '../../common/patience.ts';
import type { Secret } from '../../common/secret.ts';
import { safeObjectPath } from '../safe-path.ts';
import { ORDINARY_PARTS, type PartSizes } from './part-sizes.ts';
import type { ChecksumMode, S3Settings } from './settings.ts';

/** Storage classes whose objects must be thawed for hours before they can be read: no restore would find its manifest. */
const COLD_CLASSES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** The ends of the host names of Cloudflare R2. */
const R2_HOST = /\.r2\.cloudflarestorage\.com(:\d+)?\/?$/;

/** Milliseconds of the three ways in which a far side can keep silent. */
export interface S3Times {
  /** Until a connection stands. */
  readonly connect: number;
  /** Without a byte in either direction. */
  readonly idle: number;
  readonly questions: Patience;
  /** For the parts of an upload and the pieces of a download. */
  readonly bytes: Patience;
}

/** For real providers. Whoever makes them longer looks at `IDLE_LIMITS`, which a test compares with them. */
export const TIMES: S3Times = { connect: 15_000, idle: 60_000, questions: SHORT_PATIENCE, bytes: LONG_PATIENCE };

/** Settings with everything decided. */
export interface S3Options {
  readonly bucket: string;
  /** Empty, or ends in "/". */
  readonly prefix: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  readonly keys: { readonly id: Secret; readonly secret: Secret; readonly token: Secret | undefined } | undefined;
  readonly profile: string | undefined;
  readonly encryption: S3Settings['encryption'];
  readonly kmsKey: string | undefined;
  readonly storageClass: string | undefined;
  readonly checksums: ChecksumMode;
  readonly parts: PartSizes;
  readonly times: S3Times;
}

/** What a member, or a test, decides beside the settings. */
export interface S3Decisions {
  /** The provider takes only parts of one size. */
  readonly equalParts?: boolean;
  readonly times?: Partial<S3Times>;
  readonly parts?: Partial<PartSizes>;
}

/** Decides what was not set. Throws Failure "settings" when settings do not go together. */
export function s3Options(settings: S3Settings, decisions: S3Decisions = {}): S3Options {
  refuseWrongPairs(settings);
  const { endpoint } = settings;
  const isR2 = endpoint !== undefined && R2_HOST.test(endpoint);
  const size = settings.partMebibytes === undefined ? {} : { fixed: settings.partMebibytes * 1024 * 1024 };
  return {
    bucket: settings.bucket,
    prefix: folderOf(settings.prefix),
    region: regionOf(settings.region, isR2 || decisions.equalParts === true),
    endpoint,
    pathStyle: settings.pathStyle ?? endpoint !== undefined,
    keys: keysOf(settings),
    profile: settings.profile,
    encryption: settings.encryption,
    kmsKey: settings.kmsKey,
    storageClass: settings.storageClass,
    checksums: settings.checksums ?? (endpoint === undefined ? 'crc32' : 'none'),
    parts: { ...ORDINARY_PARTS, equal: isR2 || decisions.equalParts === true, ...size, ...decisions.parts },
    times: { ...TIMES, ...decisions.times },
  };
}

function refuseWrongPairs({ accessKeyId, secretAccessKey, sessionToken, ...settings }: S3Settings): void {
  if (accessKeyId !== undefined && secretAccessKey === undefined)
    throw half('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined && secretAccessKey !== undefined)
    throw half('AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID');
  if (sessionToken !== undefined && accessKeyId === undefined) {
    throw wrong('found "AWS_SESSION_TOKEN" without "AWS_ACCESS_KEY_ID", expected the access key that it belongs to');
  }
  if (settings.kmsKey !== undefined && settings.encryption?.startsWith('aws:kms') !== true) {
    throw wrong('found "BACKUP_S3_KMS_KEY" without "BACKUP_S3_SSE" being "aws:kms"');
  }
  if (COLD_CLASSES.has(settings.storageClass ?? '')) {
    const message = `found the storage class "${settings.storageClass}", expected one that can be read at once`;
    throw wrong(message, 'BACKUP_S3_STORAGE_CLASS=GLACIER_IR, or a lifecycle rule that moves old sets');
  }
}

function half(there: string, missing: string): Failure {
  return wrong(`found "${there}" without "${missing}", expected both or neither`);
}

function wrong(message: string, hint?: string): Failure {
  return new Failure('settings', { message, hint });
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: S3Settings): S3Options['keys'] {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { id: accessKeyId, secret: secretAccessKey, token: sessionToken };
}

/** "a/b" and "/a/b/" alike become "a/b/". */
function folderOf(prefix: string | undefined): string {
  const inner = (prefix ?? '').replace(/^\/+|\/+$/g, '');
  if (inner === '') return '';
  try {
    return `${safeObjectPath(inner)}/`;
  } catch (error) {
    const detail = error instanceof Failure ? error.message : undefined;
    throw new Failure('settings', { message: `found "${prefix}" in "BACKUP_S3_PREFIX", expected a folder`, detail });
  }
}

/** R2 knows one region, "auto". AWS sends us on from the first one; the others take what they are called by default. */
function regionOf(region: string | undefined, isR2: boolean): string {
  if (region !== undefined && region !== 'auto') return region;
  return isR2 ? 'auto' : 'us-east-1';
}
