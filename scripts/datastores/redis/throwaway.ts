import type { ThrowawayRecipe } from '../throwaway.ts';

/** What the server says of something that its image lacks. */
const LACKS = /module|Can't handle RDB format version|later version than the server/i;

/** The first words of the commands of images that are a server. */
const SERVERS = /^(redis|valkey|keydb)-server$/;

/**
 * A Redis of our own: the official images, Valkey's, KeyDB's and Bitnami's. It has no network, so that it needs no
 * password; Bitnami's asks to be told so.
 */
export const redisThrowaway: ThrowawayRecipe = {
  image: (serverVersion) => `docker.io/library/redis:${Number.parseInt(serverVersion, 10) || 'latest'}`,
  environment: () => ({ ALLOW_EMPTY_PASSWORD: 'yes' }),
  argv: (command) => {
    const [program = ''] = command;
    return SERVERS.test(program) ? [program, '--save', '', '--appendonly', 'no'] : undefined;
  },
  ready: {
    argv: [
      'sh',
      '-c',
      'for cli in redis-cli valkey-cli keydb-cli; do ! command -v "$cli" >/dev/null || "$cli" ping | grep -q PONG && exit 0; done; exit 1',
    ],
  },
  address: () => ({ host: '127.0.0.1' }),
  isOfPlace: ({ message, detail = '' }) => LACKS.test(message) || LACKS.test(detail),
};
