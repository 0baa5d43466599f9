/** Two gigabytes of random bytes to MinIO: through our s3 storage, and through `rclone rcat`, in turn. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Minio, startMinio } from '../tests/stack/minio.ts';
import { rcloneProgram } from '../tests/stack/rclone.ts';
import { alternate, compare, type Way } from './rounds.ts';
import { bash } from './shell.ts';
import { type Line, memoryLine, ratioLine } from './table.ts';

const SLOWEST = 1.1;
const MEMORY = 200 * 1024 * 1024;
const BUCKET = 'bench';
const OURS = '2026-05-07T15-36/dump';
const RESERVATION = '2026-05-07T15-36.partial/reservation';
const THEIRS = 'rclone/dump';
const UNKNOWN = 'r2, unknown size';

interface Place {
  readonly minio: Minio;
  readonly client: S3Client;
  readonly folder: string;
  /** The random bytes: a file, so that making them costs neither way anything. */
  readonly source: string;
  readonly sha256: string;
}

/** Measures in `rounds` rounds. The object of every round is read back and compared. Needs no database. */
export async function measureStreaming(
  { bytes, rounds }: { readonly bytes: number; readonly rounds: number },
  say: (text: string) => void,
): Promise<Line[]> {
  const minio = await startMinio();
  // Its process does not keep ours alive, not even while we wait for its end.
  const alive = setInterval(() => undefined, 1000);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const { accessKeyId, secretAccessKey, endpoint } = minio;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const source = join(folder, 'random');
    await bash(`head -c ${bytes} /dev/urandom > random`, folder);
    const place = { minio, client, folder, source, sha256: await hashOf(createReadStream(source)) };
    return await measureAll(place, bytes, rounds, say);
  } finally {
    client.destroy();
    await minio.stop();
    await rm(folder, { recursive: true, force: true });
    clearInterval(alive);
  }
}

async function measureAll(place: Place, bytes: number, rounds: number, say: (text: string) => void): Promise<Line[]> {
  const taken: Taken = { processor: new Map(), peaks: new Map() };
  const timings = await alternate([ours(place, taken, { name: 's3' }), rclone(place, taken)], rounds, say);
  // Only for their memory: their way through the network is the same.
  const others = [{ name: 'r2', expectedBytes: bytes }, { name: UNKNOWN }];
  for (const other of others) await alternate([ours(place, taken, other)], 1, say);
  const gigabytes = `${(bytes / 1e9).toFixed(1)} GB`;
  return [
    ratioLine(`${gigabytes} to S3, ours to rclone rcat`, compare(timings, 's3', 'rclone'), SLOWEST),
    ratioLine('the same, seconds of processor', compare(taken.processor, 's3', 'rclone')),
    ...[...taken.peaks].map(([name, own]) => memoryOf(`memory, ${gigabytes} to ${name}`, own, name === UNKNOWN)),
  ];
}

/** Of the first backup to R2, whose size nothing tells, there is no claim: its parts must be large. */
function memoryOf(claim: string, own: number, isToldOnly: boolean): Line {
  const line = memoryLine(claim, { own, others: 0 }, MEMORY);
  return isToldOnly ? { ...line, limit: '', kept: undefined } : line;
}

/** What the ways took, by their names: seconds of processor of each round, and the highest peak of memory in bytes. */
interface Taken {
  readonly processor: Map<string, number[]>;
  readonly peaks: Map<string, number>;
}

/** How ours is called: beginning with "s3" or "r2". */
interface OurWay {
  readonly name: string;
  readonly expectedBytes?: number;
}

/** Ours as a process of its own: Node and the SDK included. */
function ours(place: Place, { processor, peaks }: Taken, { name, expectedBytes }: OurWay): Way {
  const { minio } = place;
  const script = new URL('./streaming-put.ts', import.meta.url).pathname;
  const words = [script, minio.endpoint, BUCKET, name.slice(0, 2), ...(expectedBytes ? [String(expectedBytes)] : [])];
  const env = { KEY: minio.accessKeyId, SECRET: minio.secretAccessKey };
  return {
    name,
    run: async () => {
      const { seconds, said } = await feed(place, [process.execPath, ...words], env);
      push(processor, name, seconds);
      peaks.set(name, Math.max(peaks.get(name) ?? 0, Number(said)));
    },
    after: () => checkAndEmpty(place, OURS),
  };
}

function rclone(place: Place, { processor }: Taken): Way {
  const { minio } = place;
  const settings = { TYPE: 's3', PROVIDER: 'Minio', ENDPOINT: minio.endpoint };
  const keys = { ACCESS_KEY_ID: minio.accessKeyId, SECRET_ACCESS_KEY: minio.secretAccessKey };
  const remote = Object.entries({ ...settings, ...keys }).map(([name, value]) => [`RCLONE_CONFIG_BOX_${name}`, value]);
  const env = { ...Object.fromEntries(remote), RCLONE_CONFIG: join(place.folder, 'none.conf') };
  return {
    name: 'rclone',
    run: async () => {
      const { seconds } = await feed(place, [await rcloneProgram(), '-q', 'rcat', `box:${BUCKET}/${THEIRS}`], env);
      push(processor, 'rclone', seconds);
    },
    after: () => checkAndEmpty(place, THEIRS),
  };
}

function push(lists: Map<string, number[]>, name: string, value: number): void {
  lists.set(name, [...(lists.get(name) ?? []), value]);
}

/**
 * Runs a program with the random bytes as its standard input; gives its seconds of processor and what it printed. Of our
 * environment it gets nothing but PATH and HOME: there are many names that change how a client speaks to S3.
 */
async function feed({ source }: Place, command: readonly string[], own: NodeJS.ProcessEnv) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, ...own };
  const script = `cat "$0" | { TIMEFORMAT='%U %S'; time "$@"; }`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', script, source, ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const [said, remarks] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  if (code !== 0) throw new Error(`"${command.join(' ')}" ended with ${code}:\n${remarks}`);
  const times = remarks.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { seconds: times.reduce((sum, one) => sum + one, 0), said };
}

/** Compares the object with what was sent, and makes room for the next. */
async function checkAndEmpty({ client, sha256 }: Place, key: string): Promise<void> {
  const place = { Bucket: BUCKET, Key: key };
  const found = await hashOf((await client.send(new GetObjectCommand(place))).Body as Readable);
  if (found !== sha256) throw new Error(`"${key}" has the sha256 ${found}, expected ${sha256}`);
  await client.send(new DeleteObjectCommand(place));
  const reservation = { Bucket: BUCKET, Key: RESERVATION };
  await client.send(new DeleteObjectCommand(reservation));
}

async function hashOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
