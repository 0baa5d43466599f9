import { decodeFileName, encodeFileName } from '../../common/file-name.ts';
import { imageName } from '../../common/image-name.ts';
import type { Service } from '../../engines/engine.ts';

/** Where MinIO and RustFS listen when nothing tells another port. */
export const DEFAULT_PORT = 9000;

/** Last part of the image names of servers that keep buckets: the official ones, Bitnami's and Chainguard's. */
const IMAGES = /^(minio|rustfs)$/;

/** True for a container of a known image. Not by its port: 9000 is that of too many other things. */
export function recognizes(service: Service): boolean {
  return IMAGES.test(imageName(service.image));
}

/** The artifact with the content of a bucket. */
export function archiveName(bucket: string): string {
  return `${encodeFileName(bucket)}.tar.gz`;
}

/** The artifact that tells what lies in the archive under which key. */
export function indexName(bucket: string): string {
  return `${encodeFileName(bucket)}.index.json`;
}

/** The bucket that an artifact of a set without a manifest belongs to; undefined when it is none of ours. */
export function sourceOfFile(fileName: string): string | undefined {
  const name = /^(.+)\.index\.json$/.exec(fileName)?.[1] ?? /^(.+)\.tar\.gz$/.exec(fileName)?.[1];
  return name === undefined ? undefined : decodeFileName(name);
}
