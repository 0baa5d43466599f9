import { Readable } from 'node:stream';
import type { Context } from '../../../common/context.ts';
import type { StoredSource } from '../../datastore.ts';
import type { Connection } from '../connection/connection.ts';
import { type FarFolder, makeFarFolder, released } from '../far-folder.ts';
import { archiveOf } from '../read.ts';

/** Unpacks standard input into a folder of its own; our reader has seen before that it holds plain files alone. */
const UNPACK = 'umask 077; mkdir "$1/backup" && tar -C "$1/backup" -xzof -';

/** Brings the files of a backup to where `influxd` runs, into the folder "backup" of a private one. Throws a Failure. */
export async function stage(connection: Connection, source: StoredSource, context: Context): Promise<FarFolder> {
  const { engine, service } = connection.address;
  const archive = archiveOf(source);
  const { signal } = context;
  // `influxd restore` decompresses one shard after the other into the folder.
  const folder = await makeFarFolder(connection, 2 * archive.bytes, { signal });
  try {
    const argv = ['sh', '-c', UNPACK, 'sh', folder.path] as const;
    const input = Readable.from(reporting(await archive.open(), source.name, context), { objectMode: false });
    await engine.write(service, { argv }, input, archive.bytes, { signal });
    return folder;
  } catch (error) {
    throw await released(folder, error);
  }
}

/** The same bytes, telling how many went through. */
async function* reporting(input: Readable, name: string, context: Context): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    context.report({ kind: 'progress', source: `influxdb/${name}`, bytes });
    yield chunk;
  }
}
