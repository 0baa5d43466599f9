import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { ArtifactSink, CommandSource, DumpFacts, ServerAddress } from '../../datastore.ts';
import { parallelGzip } from '../../mongodb/gzip.ts';
import { exportName } from '../recognize.ts';

/** What the fingerprint calls the bytes of an export. */
export const EXPORT = 'export';

/**
 * Keeps what a command of the product prints. Throws Failure "tool-failed" for an exit code other than 0, "damaged" when
 * it prints nothing.
 */
export async function dumpCommand(
  { name, command }: CommandSource,
  { engine }: ServerAddress,
  sink: ArtifactSink,
  { signal }: Context,
): Promise<DumpFacts> {
  const hash = createHash('sha256');
  let bytes = 0;
  const { stream, seal } = engine.read('', { argv: ['sh', '-c', command.dump] }, { signal });
  async function* counted(): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    if (bytes === 0)
      throw new Failure('damaged', { message: 'the export command printed nothing', hint: command.dump });
  }
  try {
    await pipeline(parallelGzip(counted()), sink(exportName(name), { compression: 'gzip' }), { signal });
    await seal;
  } catch (error) {
    throw toFailure(error, { source: `files/${name}`, step: 'dump' });
  }
  return {
    // What a product exports while it runs is as consistent as the product makes it: nobody can say.
    consistency: 'fuzzy',
    fingerprint: { counts: {}, sums: { [EXPORT]: hash.digest('hex') } },
    details: { form: 'command', bytes, dump: command.dump, restore: command.restore ?? null },
    warnings: [],
  };
}
