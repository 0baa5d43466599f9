import { oneOf, yesOrNo } from '../../common/rules.ts';
import type { KindMember } from '../kind.ts';
import { DEFAULT_PORT, sourceOfFile } from '../redis/recognize.ts';
import { type ServerUrl, type UrlParts, UrlProblem } from '../server-url.ts';

/** Redis and Valkey. A server is backed up as a whole: there is nothing to name, and no other name to drill under. */
export const member: KindMember = {
  place: 30,
  words: { object: 'key space', row: 'key', whole: 'server', exchange: 'clients wait or see errors while it loads' },
  server: {
    prefix: 'REDIS',
    about: 'Redis and Valkey',
    url: {
      schemes: ['redis', 'rediss', 'valkey', 'valkeys'],
      port: DEFAULT_PORT,
      example: 'redis://user@host:6379',
      complete: withTls,
    },
    own: {
      save: {
        rule: oneOf('background', 'blocking'),
        about:
          'How the server writes its dump: beside its work when missing, or "blocking" (SAVE), where no memory is left for a second process',
      },
      append_log: {
        rule: yesOrNo,
        about: 'Whether the append-only log is taken as well where it is in use; yes when missing',
      },
    },
    drill: 'throw-away',
  },
  sourceOfFile,
  hasFolders: true,
  load: async () => (await import('../redis/redis.ts')).redis,
  loadExchange: async () => (await import('../redis/exchange/exchange.ts')).redisExchangeWork,
};

/** A number in the path picks a database for clients; a server is backed up with all of them, so that another word is a mistake. */
function withTls({ scheme, query, ...parts }: UrlParts): ServerUrl {
  if (!/^\d*$/.test(parts.database ?? '')) throw new UrlProblem('found a path behind the host, expected none');
  const isSecure = scheme === 'rediss' || scheme === 'valkeys';
  return { ...parts, database: undefined, parameters: { ...query, ...(isSecure && { tls: 'true' }) } };
}
