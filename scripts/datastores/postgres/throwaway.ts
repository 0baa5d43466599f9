import type { ThrowawayRecipe } from '../throwaway.ts';

/** Nobody's role: every role of a set is made from its globals.sql. */
const USER = 'holdfast_drill';

/** Nothing is to survive here, so that nobody waits for the disk. */
const FORGETFUL = ['fsync', 'full_page_writes', 'synchronous_commit'].flatMap((name) => ['-c', `${name}=off`]);

/** What the server says when its image lacks a library, a locale, or has to be started with other settings. */
const LACKS = new RegExp(
  [
    'lacks (extensions|tablespaces)',
    'could not (open extension control file|access file ".*": No such file|load library)',
    'extension ".*" (is not available|has no (installation script|update path))',
    'must be loaded via "?shared_preload_libraries',
    'can only be loaded via "?shared_preload_libraries',
    '(invalid locale name|invalid (LC_COLLATE|LC_CTYPE) locale name|could not create locale|could not open collator)',
    'is not supported in this build|not supported by this build',
  ].join('|'),
  'i',
);

/** A PostgreSQL of our own: the official image and those made from it, and bitnami's. */
export const postgresThrowaway: ThrowawayRecipe = {
  image: (serverVersion) => `docker.io/library/postgres:${Number.parseInt(serverVersion, 10)}`,
  environment: (password) => ({
    POSTGRES_USER: USER,
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'postgres',
    POSTGRESQL_USERNAME: USER,
    POSTGRESQL_PASSWORD: password,
    POSTGRESQL_POSTGRES_PASSWORD: password,
  }),
  argv: (command) => (command[0] === 'postgres' ? [...command, ...FORGETFUL] : undefined),
  // The server that images run while they prepare themselves has a socket and nothing else.
  ready: {
    argv: [
      'sh',
      '-c',
      'pg_isready -q -h 127.0.0.1 || exec "$(ls /usr/lib/postgresql/*/bin/pg_isready | tail -n 1)" -q -h 127.0.0.1',
    ],
  },
  address: (password) => ({ host: '127.0.0.1', user: USER, password }),
  isOfPlace: ({ message, detail = '' }) => LACKS.test(message) || LACKS.test(detail),
};
