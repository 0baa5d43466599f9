import type { StorageSurroundings } from '../member.ts';
import { objectStorage } from '../objects/object-storage.ts';
import type { Storage } from '../storage.ts';
import { type S3Decisions, s3Options } from './options.ts';
import type { S3Settings } from './settings.ts';
import { s3Store } from './store.ts';

/** A storage in a bucket. Throws Failure "settings" when settings do not go together; connects to nothing. */
export function openS3(
  settings: S3Settings,
  { name }: Pick<StorageSurroundings, 'name'>,
  scheme: 's3' | 'r2',
  decisions: S3Decisions = {},
): Storage {
  const options = s3Options(settings, decisions);
  const location = `${scheme}://${options.bucket}/${options.prefix.slice(0, -1)}`.replace(/\/$/, '');
  return objectStorage(s3Store(options), { name, location });
}
