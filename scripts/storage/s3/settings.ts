import { oneOf, secretText, shaped, text, wholeNumber, yesOrNo } from '../../common/rules.ts';
import type { Secret } from '../../common/secret.ts';
import type { StorageSetting } from '../member.ts';

/** How the bytes of an upload are protected beside the sha256 that signs each request. */
export type ChecksumMode = 'crc32' | 'md5' | 'none';

/** The settings that both `s3` and `r2` take. */
export const COMMON_SETTINGS = {
  bucket: {
    rule: text('the name of a bucket'),
    variable: 'BACKUP_S3_BUCKET',
    about: 'the bucket that holds the sets',
    required: true,
  },
  region: {
    rule: shaped('a region such as "eu-central-1", or "auto"', /^[a-z0-9-]{1,63}$/),
    variable: 'BACKUP_S3_REGION',
    about: 'the region of the bucket',
    standard: 'auto',
  },
  endpoint: {
    rule: shaped('an address such as "https://s3.example.org:9000"', /^https?:\/\/[^\s/?#@]+\/?$/),
    variable: 'BACKUP_S3_ENDPOINT',
    about: 'the address of the provider, when it is not AWS',
  },
  accessKeyId: {
    rule: secretText('an access key id'),
    variable: 'AWS_ACCESS_KEY_ID',
    about: 'the id of the access key; without one the profile or the role of the machine is used',
    meaning: 'secret',
  },
  secretAccessKey: {
    rule: secretText('a secret access key'),
    variable: 'AWS_SECRET_ACCESS_KEY',
    about: 'the secret of the access key',
    meaning: 'secret',
  },
  sessionToken: {
    rule: secretText('a session token'),
    variable: 'AWS_SESSION_TOKEN',
    about: 'the session token of a temporary access key',
    meaning: 'secret',
  },
  prefix: {
    rule: text('a folder in the bucket such as "backups/shop"'),
    variable: 'BACKUP_S3_PREFIX',
    about: 'the folder in the bucket below which the sets lie',
    standard: 'the root of the bucket',
  },
  partMebibytes: {
    rule: wholeNumber(5, 1024),
    variable: 'BACKUP_S3_PART_SIZE',
    about: 'the size of the parts of an upload in MiB; one to three of them are in memory for each upload',
    standard: 'chosen from the size that is expected',
  },
} as const satisfies Readonly<Record<string, StorageSetting>>;

/** The settings of `s3`. */
export const S3_SETTINGS = {
  ...COMMON_SETTINGS,
  pathStyle: {
    rule: yesOrNo,
    variable: 'BACKUP_S3_PATH_STYLE',
    about: 'the bucket is named in the path and not in the host name',
    standard: 'yes with BACKUP_S3_ENDPOINT, else no',
  },
  profile: {
    rule: text('the name of a profile'),
    variable: 'AWS_PROFILE',
    about: 'the profile of ~/.aws/config whose keys are used when none are set here',
  },
  encryption: {
    rule: oneOf('AES256', 'aws:kms', 'aws:kms:dsse'),
    variable: 'BACKUP_S3_SSE',
    about: 'how the provider encrypts the objects',
    standard: 'as the bucket is set up',
  },
  kmsKey: {
    rule: text('the id of a KMS key'),
    variable: 'BACKUP_S3_KMS_KEY',
    about: 'the key for BACKUP_S3_SSE=aws:kms',
    standard: "the provider's own key",
  },
  storageClass: {
    rule: text('a storage class such as "STANDARD_IA"'),
    variable: 'BACKUP_S3_STORAGE_CLASS',
    about: 'the storage class of the artifacts; it must be readable at once',
    standard: 'that of the bucket',
  },
  checksums: {
    rule: oneOf('crc32', 'md5', 'none'),
    variable: 'BACKUP_S3_CHECKSUMS',
    about: 'the checksum that is sent with every upload',
    standard: 'crc32 on AWS, else none; each request is signed with its sha256 in any case',
  },
} as const satisfies Readonly<Record<string, StorageSetting>>;

/** What `openS3` takes: the settings of either member. */
export interface S3Settings {
  readonly bucket: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly accessKeyId?: Secret | undefined;
  readonly secretAccessKey?: Secret | undefined;
  readonly sessionToken?: Secret | undefined;
  readonly prefix?: string | undefined;
  readonly partMebibytes?: number | undefined;
  readonly pathStyle?: boolean | undefined;
  readonly profile?: string | undefined;
  readonly encryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kmsKey?: string | undefined;
  readonly storageClass?: string | undefined;
  readonly checksums?: ChecksumMode | undefined;
}
