import { decodeFileName } from '../../common/file-name.ts';
import { imageName } from '../../common/image-name.ts';
import type { Service } from '../../engines/engine.ts';
import { DEFAULT_PORT } from './connection/uri.ts';

/**
 * Last part of the image names of servers that speak MongoDB's protocol: the official and Docker's own image, MongoDB's
 * (community and enterprise), Bitnami's, Percona's, Red Hat's, FerretDB's and Microsoft's.
 */
const IMAGES =
  /^(mongo|mongodb|mongodb-(community|enterprise)-server|mongodb-sharded|mongodb-atlas-local|percona-server-mongodb|mongodb-\d+-(centos7|rhel7)|ferretdb|ferretdb-.*|documentdb|documentdb-local)$/;

/** Images that publish or share the port but hold no data: tools, exporters, web faces. They speak of mongo by name. */
const COMPANIONS = /exporter|express|tools|backup|proxy|gui|compass|operator|agent/;

/** True for a container whose image is known, or that has port 27017 and an image that is not known as something else. */
export function recognizes(service: Service): boolean {
  const image = imageName(service.image);
  if (IMAGES.test(image)) return true;
  if (COMPANIONS.test(image)) return false;
  return service.ports.some(({ inside }) => inside === DEFAULT_PORT);
}

/** Names of our two artifacts of a database. */
export const ARCHIVE_END = '.archive.gz';
export const USERS_END = '.users.json';

/** The database that a file in the folder mongo/ belongs to; undefined when it is none of ours. */
export function sourceOfFile(fileName: string): string | undefined {
  const end = [ARCHIVE_END, USERS_END].find((ending) => fileName.endsWith(ending) && fileName.length > ending.length);
  return end === undefined ? undefined : decodeFileName(fileName.slice(0, -end.length));
}
