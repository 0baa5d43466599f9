import type { Bucket } from '../../storage/s3/bucket.ts';
import type { ServerAddress, SetBucket } from '../address.ts';
import { excludedOf, isExcludedBy } from './exclude.ts';

/**
 * Why a bucket cannot be backed up where sets are kept in it: each set would hold all before it. Undefined for every other
 * bucket, and where the settings leave out the folder of the sets. A server that is reached by two names is not seen
 * through.
 */
export function whyNotOwnSets({ options }: Bucket, address: ServerAddress): string | undefined {
  const isExcluded = isExcludedBy(excludedOf(address));
  const found = (address.setBuckets ?? []).find(
    (kept) =>
      kept.bucket === options.bucket &&
      serverOf(kept.endpoint) === serverOf(options.endpoint) &&
      !isExcluded(`${folderOf(kept)}set/manifest.json`),
  );
  if (found === undefined) return undefined;
  const folder = folderOf(found);
  const other = folder === '' ? '' : `, or leave their folder out: exclude: ["${folder}**"]`;
  return `sets are kept in this bucket, so that a backup would contain itself; try: keep them in another bucket${other}`;
}

function folderOf({ prefix = '' }: SetBucket): string {
  const folder = prefix.replace(/^\/+|\/+$/g, '');
  return folder === '' ? '' : `${folder}/`;
}

/** The same text for the same server, as far as its address tells. Names of buckets of AWS are good everywhere. */
function serverOf(endpoint: string | undefined): string {
  if (endpoint === undefined) return AWS;
  const { hostname, port, protocol } = new URL(endpoint);
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)) return AWS;
  const name = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname) ? 'localhost' : hostname;
  return `${name}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

const AWS = 'aws';
