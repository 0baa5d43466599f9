/** `holdfast backup` of many small objects against `rclone sync` of the same bucket to a local folder, in turn. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { runPool } from '../scripts/common/pool.ts';
import { clientOf, testBucket } from '../tests/stack/data/buckets.ts';
import { type Minio, startMinio } from '../tests/stack/minio.ts';
import { rcloneProgram } from '../tests/stack/rclone.ts';
import { holdfast } from './place.ts';
import { alternate, compare, type Way } from './rounds.ts';
import { processorSeconds } from './shell.ts';
import { type Line, ratioLine } from './table.ts';

const SLOWEST = 1.2;
const BUCKET = 'bench';
const OURS = 'holdfast backup';
const RCLONE = 'rclone sync';
/** Objects are of 1 to 8 KiB, as avatars, receipts and thumbnails are. */
const MOST_KIBIBYTES = 8;

/** Measures in `rounds` rounds. Both begin with nothing each time; what each has made is counted. Needs no database. */
export async function measureObjects(
  { objects, rounds }: { readonly objects: number; readonly rounds: number },
  say: (text: string) => void,
): Promise<Line[]> {
  const minio = await startMinio();
  // Its process does not keep ours alive, not even while we wait for its end.
  const alive = setInterval(() => undefined, 1000);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    say(`putting ${objects} objects`);
    await fill(minio, objects);
    const taken = new Map<string, number[]>();
    const ways = [ours(minio, folder), await rclone(minio, folder, objects)].map((way) => counted(way, taken));
    const timings = await alternate(ways, rounds, say);
    return [
      ratioLine(`${objects} objects, backup to rclone sync`, compare(timings, OURS, RCLONE), SLOWEST),
      ratioLine('the same, seconds of processor', compare(taken, OURS, RCLONE)),
    ];
  } finally {
    await minio.stop();
    await rm(folder, { recursive: true, force: true });
    clearInterval(alive);
  }
}

/** A way that tells its seconds of processor. */
interface TellingWay extends Way {
  run(): Promise<number>;
}

/** Notes what a way tells: where a machine is busy it says more than the clock. */
function counted(way: TellingWay, taken: Map<string, number[]>): Way {
  const run = async () => taken.set(way.name, [...(taken.get(way.name) ?? []), await way.run()]);
  return { ...way, run };
}

async function fill(minio: Minio, objects: number): Promise<void> {
  const client = clientOf(minio);
  const bucket = testBucket(client, BUCKET);
  await bucket.make();
  const numbers = Array.from({ length: objects }, (_, at) => at);
  const key = (at: number) => `${String(at % 100).padStart(2, '0')}/object-${at}.bin`;
  await runPool(numbers, 32, (at) => bucket.put(key(at), randomBytes(1024 * (1 + (at % MOST_KIBIBYTES)))));
  client.destroy();
}

/** The whole command, to a set that was read back to its end. Of our environment it gets nothing but PATH and HOME. */
function ours({ endpoint, accessKeyId, secretAccessKey }: Minio, folder: string): TellingWay {
  const { PATH, HOME } = process.env;
  const keys = { OBJECTS_ACCESS_KEY_ID: accessKeyId, OBJECTS_SECRET_ACCESS_KEY: secretAccessKey };
  const env = { PATH, HOME, ...keys, OBJECTS_URL: endpoint, BACKUP_DISCOVER: 'no' };
  return {
    name: OURS,
    run: () => processorSeconds(holdfast, ['backup'], folder, env),
    after: () => rm(join(folder, 'backups'), { recursive: true }),
  };
}

async function rclone({ endpoint, accessKeyId, secretAccessKey }: Minio, folder: string, objects: number) {
  const program = await rcloneProgram();
  const settings = { TYPE: 's3', PROVIDER: 'Minio', ENDPOINT: endpoint };
  const keys = { ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey };
  const remote = Object.entries({ ...settings, ...keys }).map(([name, value]) => [`RCLONE_CONFIG_BOX_${name}`, value]);
  const env = { ...Object.fromEntries(remote), PATH: process.env.PATH, RCLONE_CONFIG: join(folder, 'none.conf') };
  const copy = join(folder, 'copy');
  const way: TellingWay = {
    name: RCLONE,
    run: () => processorSeconds(program, ['-q', 'sync', `box:${BUCKET}`, copy], folder, env),
    after: async () => {
      const found = await readdir(copy, { recursive: true, withFileTypes: true });
      const files = found.filter((entry) => entry.isFile()).length;
      if (files !== objects) throw new Error(`rclone made ${files} files, expected ${objects}`);
      await rm(copy, { recursive: true });
    },
  };
  return way;
}
