import type { KindMember } from '../kind.ts';
import { sourceOfFile } from '../mongodb/recognize.ts';
import { refuseSecrets, type ServerUrl, type UrlParts } from '../server-url.ts';

/** MongoDB, and what speaks its protocol. */
export const member: KindMember = {
  place: 10,
  words: { object: 'collection', row: 'document', whole: 'database', exchange: 'collection by collection, in moments' },
  server: {
    prefix: 'MONGO',
    about: 'MongoDB',
    databases: 'MONGO_DATABASE',
    url: {
      schemes: ['mongodb'],
      port: 27_017,
      example: 'mongodb://user@host:27017/database',
      refused: {
        'mongodb+srv':
          'found "mongodb+srv", which this version does not resolve; write mongodb://host:27017/?tls=true with one of its hosts',
      },
      complete: withAuthSource,
    },
    drill: 'throw-away or server',
  },
  questions: 'documents',
  sourceOfFile,
  load: async () => (await import('../mongodb/mongodb.ts')).mongodb,
  loadExchange: async () => (await import('../mongodb/exchange/exchange.ts')).mongoExchangeWork,
};

/** The database of the path is also where the user is looked up, unless authSource says otherwise (MongoDB URI spec). */
function withAuthSource({ scheme: _, query, ...parts }: UrlParts): ServerUrl {
  refuseSecrets(query, ['tlsCertificateKeyFilePassword', 'authMechanismProperties', 'proxyPassword']);
  const source = parts.user !== undefined && parts.database !== undefined && !('authSource' in query);
  return { ...parts, parameters: source ? { ...query, authSource: parts.database ?? '' } : query };
}
