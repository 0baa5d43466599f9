import { decodeFileName } from '../../common/file-name.ts';
import { imageName } from '../../common/image-name.ts';
import type { Service } from '../../engines/engine.ts';

/** Where servers take queries when nothing tells another port. */
export const DEFAULT_PORT = 8086;

/** Where servers take backups and restores (`bind-address` of their configuration). */
export const DEFAULT_RPC_PORT = 8088;

/** Last part of the image names of servers: the official image's, Bitnami's, and what people call their own. */
const IMAGES = /^influxdb([-_]?[12])?$/;

/** Images that publish or share the port but hold no data: collectors, faces, watchers. */
const COMPANIONS = /telegraf|chronograf|kapacitor|grafana|exporter|relay|proxy|admin|gui|cli|backup|operator/;

/** True for a container whose image is known, or that has port 8086 and an image that is not known as something else. */
export function recognizes(service: Service): boolean {
  const image = imageName(service.image);
  if (IMAGES.test(image)) return true;
  if (COMPANIONS.test(image)) return false;
  return service.ports.some(({ inside }) => inside === DEFAULT_PORT);
}

/** End of the name of an artifact: what `influxd backup -portable` wrote, in an archive. */
export const ENDING = '.tar.gz';

/** The database that a file in the folder influxdb/ belongs to; undefined when it is none of ours. */
export function sourceOfFile(fileName: string): string | undefined {
  if (!fileName.endsWith(ENDING) || fileName.length === ENDING.length) return undefined;
  return decodeFileName(fileName.slice(0, -ENDING.length));
}
