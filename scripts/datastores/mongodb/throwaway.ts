import type { ThrowawayRecipe } from '../throwaway.ts';
import { DEFAULT_PORT } from './connection/uri.ts';

const USER = 'holdfast_drill';

/** What the server says of something that it was built or set up without. */
const LACKS = /storage engine|not supported on (a standalone|standalone)|requires? (a )?replica set|enterprise/i;

/** A MongoDB of our own: the official image and those made from it, and bitnami's. */
export const mongoThrowaway: ThrowawayRecipe = {
  image: (serverVersion) => `docker.io/library/mongo:${serverVersion.split('.').slice(0, 2).join('.') || 'latest'}`,
  environment: (password) => ({
    MONGO_INITDB_ROOT_USERNAME: USER,
    MONGO_INITDB_ROOT_PASSWORD: password,
    MONGODB_ROOT_USER: USER,
    MONGODB_ROOT_PASSWORD: password,
  }),
  // mongod has no switch that makes it forgetful and stays the same server.
  argv: () => undefined,
  // The server that images run while they make their first user listens on 127.0.0.1 alone; this is another address of
  // the same loopback.
  ready: { argv: ['bash', '-c', `: </dev/tcp/127.0.0.2/${DEFAULT_PORT}`] },
  address: (password) => ({ user: USER, password }),
  isOfPlace: ({ message, detail = '' }) => LACKS.test(message) || LACKS.test(detail),
};
