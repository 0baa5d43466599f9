import { posix } from 'node:path';
import { decodeFileName } from '../../common/file-name.ts';
import { imageName } from '../../common/image-name.ts';
import type { Service } from '../../engines/engine.ts';

/** Where servers listen when nothing tells another port. */
export const DEFAULT_PORT = 6379;

/** Last part of the image names of servers that speak the protocol and write RDB files: official ones and Bitnami's. */
const IMAGES = /^(redis|redis-stack|redis-stack-server|redis-ha|valkey|valkey-bundle|keydb)$/;

/** Images that publish or share the port but hold no such data: tools, exporters, watchers, stores with another format. */
const COMPANIONS =
  /exporter|insight|commander|sentinel|cluster-proxy|proxy|twemproxy|gui|operator|dragonfly|cli|backup/;

/** True for a container whose image is known, or that has port 6379 and an image that is not known as something else. */
export function recognizes(service: Service): boolean {
  const image = imageName(service.image);
  if (IMAGES.test(image)) return true;
  if (COMPANIONS.test(image)) return false;
  return service.ports.some(({ inside }) => inside === DEFAULT_PORT);
}

/** Names of our artifacts of a server, in its folder. The log is only there where the server keeps one. */
export const DUMP_FILE = 'dump.rdb';
export const LAYOUT_FILE = 'layout.json';
export const LOG_FILE = 'appendonly.tar.gz';

/** The server that a file below the folder redis/ belongs to; undefined when it is none of ours. */
export function sourceOfFile(fileName: string): string | undefined {
  const { dir, base } = posix.parse(fileName);
  if (base !== DUMP_FILE && base !== LAYOUT_FILE && base !== LOG_FILE) return undefined;
  return dir === '' ? 'default' : decodeFileName(dir);
}
