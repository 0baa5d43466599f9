/**
 * A process that streams its standard input into a set as our s3 storage does, and prints its peak of memory in bytes.
 * Arguments: endpoint, bucket, "s3" or "r2", and the bytes that are expected, if that is known; keys come by the
 * environment.
 */
import process from 'node:process';
import { Secret } from '../scripts/common/secret.ts';
import { openS3 } from '../scripts/storage/s3/open.ts';

const KIBIBYTE = 1024;

const [endpoint = '', bucket = '', scheme = 's3', expected] = process.argv.slice(2);
const { KEY = '', SECRET = '' } = process.env;
const settings = { bucket, endpoint, accessKeyId: new Secret(KEY), secretAccessKey: new Secret(SECRET) };
const storage = openS3(settings, { name: scheme }, 's3', { equalParts: scheme === 'r2' });
const set = '2026-05-07T15-36';

await storage.reserve(set);
await storage.put(set, 'dump', process.stdin, expected === undefined ? {} : { expectedBytes: Number(expected) });
process.stdout.write(String(process.resourceUsage().maxRSS * KIBIBYTE));
