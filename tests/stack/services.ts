/**
 * The servers of the test stack. compose.yaml offers the same services by the same names;
 * a unit test of the stack compares the two.
 */
export type ServiceName = 'postgres' | 'postgres-old' | 'mongo' | 'redis' | 'valkey' | 'influxdb';

export interface Service {
  readonly name: ServiceName;
  readonly kind: 'postgres' | 'mongo' | 'redis' | 'influxdb';
  /** The port inside the container. */
  readonly port: number;
  /** The official image, where a registry can be reached. */
  readonly official: string;
  /** What we call the image made from packages. Its last part is what discovery knows servers by. */
  readonly built: string;
  readonly user: string;
  readonly password: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What follows the image name: the server and its settings. */
  readonly command: readonly string[];
  /** Run inside the container: ends with 0 once the server answers a real query. */
  readonly ready: readonly string[];
}

/*
 * The passwords hold characters that must be escaped in URLs and in shells on purpose:
 * a tool that forgets to do so fails here and not at a user's.
 */
const shopPassword = 'Kw4gga&tr3k/shop@holdfast';
const mongoPassword = 'g0ggo:m0b1el%5Tan@holdfast';

/*
 * Test data need not outlive a power cut, and waiting for the disk is what makes small tests slow.
 * A killed server or container loses nothing through this: the kernel still has the pages.
 */
const forgetful = ['fsync', 'full_page_writes', 'synchronous_commit'].flatMap((name) => ['-c', `${name}=off`]);

function postgres(name: ServiceName, major: number): Service {
  return {
    name,
    kind: 'postgres',
    port: 5432,
    official: `docker.io/library/postgres:${major}`,
    built: `localhost/holdfast-stack/postgres:${major}`,
    user: 'shop',
    password: shopPassword,
    environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: shopPassword, POSTGRES_DB: 'shop' },
    command: ['postgres', ...forgetful, '-c', 'max_wal_size=4GB'],
    // over TCP: the official image's first, temporary server only has a socket
    ready: ['psql', '-X', '-h', '127.0.0.1', '-U', 'shop', '-d', 'shop', '-tAc', 'SELECT 1'],
  };
}

/*
 * mongodump is the one client that both images have. The container's own address, because the
 * official image's first, temporary server listens on loopback only. The password comes on
 * standard input, where mongodump asks for it.
 */
const askMongo = `printf '%s\\n' "$MONGO_INITDB_ROOT_PASSWORD" | mongodump --quiet --host "$(hostname -i | cut -d' ' -f1)" \
  -u "$MONGO_INITDB_ROOT_USERNAME" --authenticationDatabase admin --db admin --collection none --archive=/dev/null`;

const mongo: Service = {
  name: 'mongo',
  kind: 'mongo',
  port: 27017,
  official: 'docker.io/library/mongo:7',
  built: 'localhost/holdfast-stack/mongo:7',
  user: 'root',
  password: mongoPassword,
  environment: { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD: mongoPassword },
  command: ['mongod'],
  ready: ['sh', '-c', askMongo],
};

const redisPassword = 'r3d1s&"sp ace/k3y@holdfast';

function redis(name: ServiceName, official: string, prefix: string): Service {
  return {
    name,
    kind: 'redis',
    port: 6379,
    official: `docker.io/${official}`,
    built: `localhost/holdfast-stack/${name}:${official.split(':')[1]}`,
    user: 'default',
    password: redisPassword,
    environment: { REDIS_PASSWORD: redisPassword },
    // the official images take no password from their environment
    command: [`${prefix}-server`, '--requirepass', redisPassword],
    ready: ['sh', '-c', `REDISCLI_AUTH="$REDIS_PASSWORD" ${prefix}-cli ping | grep -q PONG`],
  };
}

const influxPassword = '1nflux"d &p%t/k3y@holdfast';

const influxdb: Service = {
  name: 'influxdb',
  kind: 'influxdb',
  port: 8086,
  official: 'docker.io/library/influxdb:1.8',
  built: 'localhost/holdfast-stack/influxdb:1.8',
  user: 'root admin',
  password: influxPassword,
  environment: {
    INFLUXDB_HTTP_AUTH_ENABLED: 'true',
    INFLUXDB_ADMIN_USER: 'root admin',
    INFLUXDB_ADMIN_PASSWORD: influxPassword,
  },
  command: ['influxd'],
  // the server that the image runs while it makes its first user asks nobody who he is
  ready: ['sh', '-c', 'influx -execute "SHOW DATABASES" 2>&1 | grep -q -i auth'],
};

export const services: Readonly<Record<ServiceName, Service>> = {
  postgres: postgres('postgres', 18),
  'postgres-old': postgres('postgres-old', 15),
  mongo,
  redis: redis('redis', 'library/redis:7', 'redis'),
  valkey: redis('valkey', 'valkey/valkey:8', 'valkey'),
  influxdb,
};

/** The same service with another password. */
export function withPassword(service: Service, password: string): Service {
  const entries = Object.entries(service.environment);
  const changed = (value: string) => (value === service.password ? password : value);
  const environment = Object.fromEntries(entries.map(([name, value]) => [name, changed(value)]));
  return { ...service, password, environment, command: service.command.map(changed) };
}

/** What `up` starts when nothing is asked for. */
export const usualServices = ['postgres', 'mongo'] as const;

/** Takes the words of `--only a,b`; throws on a name that is no service. */
export function parseServices(words: string): ServiceName[] {
  return words.split(',').map((word) => {
    if (!Object.hasOwn(services, word)) {
      throw new Error(`no service "${word}": there are ${Object.keys(services).join(', ')}`);
    }
    return word as ServiceName;
  });
}
