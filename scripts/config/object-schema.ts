import * as z from 'zod';
import { names, oneOf, shaped, text } from '../common/rules.ts';
import { RULES } from './names.ts';
import { section, value } from './schema-parts.ts';

const server = section({
  name: value(RULES.serverName, 'What the server is called in sets; "default" when missing.'),
  url: value(RULES.objectsUrl, 'https://minio.example:9000, without a bucket.'),
  container: value(RULES.container, 'The container of the server: its name, the beginning of its id, or its service.'),
  access_key_id: value(
    RULES.accessKey,
    'The id of the access key; from the environment of the container when missing.',
  ),
  secret_access_key: value(RULES.password, 'Better taken from the environment or from a file.'),
  secret_access_key_file: value(text('a file'), 'A file that holds the secret of the access key.'),
  outside: value(RULES.outside, 'The provider that keeps the objects: buckets are then skipped, and that is told.'),
  region: value(
    shaped('a region such as "eu-central-1"', /^[a-z0-9-]{1,63}$/),
    'The region that requests are signed for.',
  ),
  path_style: value(
    oneOf('yes', 'no'),
    'Whether the bucket is named in the path, not in the host name; yes when missing.',
  ),
  buckets: value(RULES.databases, 'The buckets to back up; all that are found when missing.'),
  exclude: value(
    names('patterns with commas between them'),
    'Keys that are left out: names at any depth ("*.tmp"), keys with a slash ("cache/**").',
  ),
});

/** The servers of object buckets that holdfast.yaml lists. */
export const objectServers = z
  .array(server, { error: 'a list of servers ("- name: ...")' })
  .optional()
  .meta({ description: 'Servers of object buckets (MinIO, RustFS, S3); each by url or container.' });

/** One of them. */
export type ObjectServer = NonNullable<z.infer<typeof objectServers>>[number];
