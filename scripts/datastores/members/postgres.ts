import { wholeNumber } from '../../common/rules.ts';
import { Secret } from '../../common/secret.ts';
import type { KindMember } from '../kind.ts';
import { findInPgpass } from '../postgres/pgpass.ts';
import { sourceOfFile } from '../postgres/recognize.ts';
import { parsePort, refuseSecrets, type ServerUrl, type UrlParts } from '../server-url.ts';

/** PostgreSQL, and what extends it. */
export const member: KindMember = {
  place: 20,
  words: { object: 'table', row: 'row', whole: 'database', exchange: 'cutting off clients for a moment' },
  server: {
    prefix: 'POSTGRES',
    about: 'PostgreSQL',
    databases: 'POSTGRES_DATABASES',
    url: {
      schemes: ['postgres', 'postgresql'],
      port: 5432,
      example: 'postgres://user@host:5432/database',
      hostless: true,
      complete: withLibpqParameters,
    },
    own: { lock_wait_seconds: { rule: wholeNumber(1, 86_400), about: 'How long a dump waits for a table lock' } },
    drill: 'throw-away or server',
    findPassword: findInPgpass,
  },
  questions: 'sql',
  sourceOfFile,
  load: async () => (await import('../postgres/postgres.ts')).postgres,
};

/** libpq lets the query replace every part: `postgresql:///app?host=/var/run/postgresql&port=5433`. */
function withLibpqParameters({ scheme: _, query, ...parts }: UrlParts): ServerUrl {
  const { host, port, user, password, dbname, ...parameters } = query;
  refuseSecrets(parameters, ['sslpassword']);
  return {
    host: host || parts.host,
    port: parsePort(port || undefined) ?? parts.port,
    user: user || parts.user,
    password: password ? new Secret(password) : parts.password,
    database: dbname || parts.database,
    parameters,
  };
}
