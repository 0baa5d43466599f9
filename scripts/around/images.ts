import { lastParts } from '../common/image-name.ts';

/**
 * What containers of a compose project do that are not the application: stores, which a restore must be able to reach or
 * does not concern, and proxies, which stay up to show that the application is being looked after. Last parts of the names
 * of their images.
 */
const STAYING: Readonly<Record<string, readonly string[]>> = {
  'a database': [
    ...['postgres', 'postgresql', 'postgis', 'timescaledb', 'timescaledb-ha', 'pgvector', 'citus', 'paradedb', 'spilo'],
    ...['mongo', 'mongodb', 'mongodb-community-server', 'mongodb-enterprise-server', 'percona-server-mongodb'],
    ...['ferretdb', 'mysql', 'mysql-server', 'mariadb', 'percona', 'percona-server', 'mssql', 'cockroach', 'yugabyte'],
    ...['cassandra', 'scylla', 'couchdb', 'couchbase', 'neo4j', 'arangodb', 'rethinkdb', 'surrealdb', 'dgraph', 'etcd'],
    ...['influxdb', 'influxdb3-core', 'clickhouse', 'clickhouse-server', 'questdb', 'victoria-metrics'],
    ...['qdrant', 'weaviate', 'milvus', 'chroma', 'pgbouncer', 'pgpool', 'pgcat'],
  ],
  'a cache': [
    'redis',
    'redis-stack',
    'redis-stack-server',
    'redis-sentinel',
    'valkey',
    'keydb',
    'dragonfly',
    'memcached',
  ],
  'an object store': ['minio', 'seaweedfs', 'garage', 'rustfs', 'localstack', 'azurite', 'fake-gcs-server', 'ceph'],
  'a search engine': [
    ...['elasticsearch', 'elasticsearch-oss', 'opensearch', 'meilisearch', 'typesense', 'solr', 'zincsearch'],
    ...['quickwit', 'manticore', 'vespa', 'sonic'],
  ],
  'a queue': [
    ...['rabbitmq', 'nats', 'nats-streaming', 'kafka', 'cp-kafka', 'redpanda', 'zookeeper', 'cp-zookeeper', 'pulsar'],
    ...['activemq', 'activemq-artemis', 'activemq-classic', 'emqx', 'eclipse-mosquitto', 'mosquitto', 'beanstalkd'],
  ],
  'a proxy': [
    ...[
      'nginx',
      'nginx-unprivileged',
      'nginx-proxy',
      'nginx-proxy-manager',
      'openresty',
      'traefik',
      'caddy',
      'haproxy',
    ],
    ...['caddy-docker-proxy', 'envoy', 'kong', 'varnish', 'cloudflared', 'swag', 'httpd'],
  ],
};

/** What a container of such an image is, "a cache"; undefined for everything that may be part of an application. */
export function roleOfImage(image: string): string | undefined {
  const parts = lastParts(image);
  const [last = '', before = ''] = parts;
  // mcr.microsoft.com/mssql/server: the last part tells nothing.
  const name = last === 'server' ? before : last;
  // Compose names the images that it builds after project and service: "shop-redis", "localhost/shop_redis".
  const built = parts.length === 1 || parts.at(-1) === 'localhost';
  const isOne = (word: string): boolean => name === word || (built && new RegExp(`[-_]${word}$`).test(name));
  return Object.keys(STAYING).find((role) => STAYING[role]?.some(isOne));
}
