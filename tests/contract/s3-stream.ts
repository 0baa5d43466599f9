/**
 * A process that streams random bytes into a set and prints what it took, for the test of memory. Arguments: endpoint,
 * bucket, bytes, "s3" or "r2"; keys come by the environment.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import process from 'node:process';
import { Readable } from 'node:stream';
import { Secret } from '../../scripts/common/secret.ts';
import { openS3 } from '../../scripts/storage/s3/open.ts';

const [endpoint = '', bucket = '', total = '0', scheme = 's3'] = process.argv.slice(2);
const { KEY = '', SECRET = '' } = process.env;
const settings = { bucket, endpoint, accessKeyId: new Secret(KEY), secretAccessKey: new Secret(SECRET) };
const storage = openS3(settings, { name: 's3' }, 's3', { equalParts: scheme === 'r2' });
const hash = createHash('sha256');
const set = '2026-05-07T15-36';

/** The output of a program, as a dump is. */
async function* output(): AsyncGenerator<Buffer> {
  const program = spawn('head', ['-c', total, '/dev/urandom'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
}

await storage.reserve(set);
const began = performance.now();
const { bytes } = await storage.put(
  set,
  'a',
  Readable.from(output()),
  scheme === 'r2' ? { expectedBytes: Number(total) } : {},
);
const seconds = (performance.now() - began) / 1000;
const mebibytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ bytes, seconds, mebibytes, sha256: hash.digest('hex') }));
