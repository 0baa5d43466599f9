import { names, oneOf, shaped } from '../../common/rules.ts';
import type { KindMember } from '../kind.ts';
import { sourceOfFile } from '../objects/recognize.ts';
import { type ServerUrl, type UrlParts, UrlProblem } from '../server-url.ts';

const region = shaped('a region such as "eu-central-1"', /^[a-z0-9-]{1,63}$/);
const path_style = oneOf('yes', 'no');

/** Buckets of MinIO, RustFS, or any other server that speaks the protocol of S3. A "database" is a bucket. */
export const member: KindMember = {
  place: 60,
  words: { object: 'folder', row: 'object', changed: 'object', whole: 'bucket', exchange: 'object by object' },
  server: {
    prefix: 'OBJECTS',
    about: 'Object bucket (MinIO, RustFS, S3)',
    databases: 'OBJECTS_BUCKETS',
    url: {
      schemes: ['https', 'http'],
      plain: 'http',
      port: 443,
      example: 'https://minio.example:9000',
      complete: withScheme,
    },
    keys: { user: 'access_key_id', password: 'secret_access_key', databases: 'buckets' },
    onlyByUrl: true,
    outside: true,
    own: {
      region: { rule: region, about: 'The region that requests are signed for' },
      path_style: {
        rule: path_style,
        about: 'Whether the bucket is named in the path, not in the host name; yes when missing',
      },
      exclude: {
        rule: names('patterns with commas between them'),
        about: 'Keys that are left out: names at any depth ("*.tmp"), keys with a slash ("cache/**")',
      },
    },
  },
  // Rows of databases point to objects.
  isLast: true,
  sourceOfFile,
  load: async () => (await import('../objects/objects.ts')).objects,
};

const IN_URL = { region, path_style } as const;

/** An address of a server, not of a bucket in it; the access key stands elsewhere, as with all clients of S3. */
function withScheme({ scheme, query, ...parts }: UrlParts): ServerUrl {
  if (parts.user !== undefined)
    throw new UrlProblem('found an access key in the URL, expected it in settings of its own');
  if (parts.database !== undefined) throw new UrlProblem('found a path behind the host, expected none');
  for (const [name, value] of Object.entries(query)) {
    const rule = Object.hasOwn(IN_URL, name) ? IN_URL[name as keyof typeof IN_URL] : undefined;
    if (rule === undefined) throw new UrlProblem('found a parameter that is neither "region" nor "path_style"');
    if (rule.read(value) === undefined) throw new UrlProblem(`found a "${name}" that is not ${rule.wanted}`);
  }
  const isSecure = scheme === 'https';
  return {
    ...parts,
    port: parts.port ?? (isSecure ? 443 : 80),
    parameters: { ...query, ...(isSecure && { tls: 'true' }) },
  };
}
