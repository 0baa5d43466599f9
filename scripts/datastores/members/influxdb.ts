import { DEFAULT_PORT, sourceOfFile } from '../influxdb/recognize.ts';
import type { KindMember } from '../kind.ts';
import type { ServerUrl, UrlParts } from '../server-url.ts';

/** InfluxDB of the first generation. A drill needs a server of its own: it restores by name, and none is left to rename. */
export const member: KindMember = {
  place: 50,
  words: {
    object: 'measurement',
    row: 'point',
    whole: 'database',
    exchange: 'clients see errors while it is restored under its name',
  },
  server: {
    prefix: 'INFLUXDB',
    about: 'InfluxDB 1',
    databases: 'INFLUXDB_DATABASES',
    url: {
      schemes: ['http', 'https'],
      port: DEFAULT_PORT,
      example: 'http://user@host:8086/database',
      complete: withTls,
    },
    drill: 'throw-away',
  },
  sourceOfFile,
  load: async () => (await import('../influxdb/influxdb.ts')).influxdb,
};

/** The path is a database; the parameter "rpc" is the port, or host and port, that takes backups. */
function withTls({ scheme, query, ...parts }: UrlParts): ServerUrl {
  return { ...parts, parameters: { ...query, ...(scheme === 'https' && { tls: 'true' }) } };
}
