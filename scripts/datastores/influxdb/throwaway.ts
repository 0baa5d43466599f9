import type { ThrowawayRecipe } from '../throwaway.ts';
import { DEFAULT_PORT } from './recognize.ts';

const USER = 'holdfast_drill';

/** What a server says of what its version does not know. */
const LACKS = /unsupported|unknown (index|engine)|index type/i;

/** An InfluxDB of our own: the official image of the first generation, and Bitnami's. */
export const influxThrowaway: ThrowawayRecipe = {
  image: (serverVersion) => `docker.io/library/influxdb:${/^\d+\.\d+/.exec(serverVersion)?.[0] ?? '1.8'}`,
  environment: (password) => ({
    INFLUXDB_HTTP_AUTH_ENABLED: 'true',
    INFLUXDB_REPORTING_DISABLED: 'true',
    INFLUXDB_ADMIN_USER: USER,
    INFLUXDB_ADMIN_PASSWORD: password,
    INFLUXDB_ADMIN_USER_PASSWORD: password,
  }),
  argv: () => undefined,
  // The server that images run while they make their first user takes no passwords, and would let anybody ask.
  ready: {
    argv: [
      'sh',
      '-c',
      `influx -host 127.0.0.1 -port ${DEFAULT_PORT} -username '' -execute 'SHOW DATABASES' 2>&1 | grep -q -i auth`,
    ],
  },
  address: (password) => ({ host: '127.0.0.1', user: USER, password }),
  isOfPlace: ({ message, detail = '' }) => LACKS.test(message) || LACKS.test(detail),
};
