import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure, toFailure } from '../common/failure.ts';
import type { CallOptions, Command, Engine, Seal } from './engine.ts';

type Streams = Pick<Engine, 'read' | 'write'>;

/** Writes beside the target and renames, so that nobody meets half a file. The umask makes it 0600. */
const TAKE = 'umask 077 && cat >"$1.holdfast-part" && mv -f "$1.holdfast-part" "$1"';

/** Copies one file out of a service; see Engine.copyOut. Nothing is at `to` unless the copy is whole. */
export async function copyFileOut(
  engine: Streams,
  service: string,
  from: string,
  { to, ...options }: CallOptions & { to: string },
): Promise<Seal> {
  const partial = join(dirname(to), `.holdfast-${randomBytes(6).toString('hex')}.partial`);
  const { stream, seal } = engine.read(service, { argv: ['cat', from] }, options);
  try {
    const file = await open(partial, 'wx', 0o600).catch((error) => {
      stream.destroy();
      throw error;
    });
    try {
      await pipeline(
        stream,
        new Writable({ write: (chunk, _, done) => file.writeFile(chunk).then(() => done(), done) }),
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, to);
    return await seal;
  } catch (error) {
    await rm(partial, { force: true });
    throw notFoundOr(error, from);
  }
}

/** Copies one file of this machine into a service; see Engine.copyIn. */
export async function copyFileIn(
  engine: Streams,
  service: string,
  from: string,
  { to, ...options }: CallOptions & { to: string },
): Promise<Seal> {
  const { size } = await stat(from).catch((error) => {
    throw toFailure(error);
  });
  const command: Command = { argv: ['sh', '-c', TAKE, 'sh', to] };
  const { stdout: _, ...seal } = await engine.write(service, command, createReadStream(from), size, options);
  return seal;
}

function notFoundOr(error: unknown, from: string): Failure {
  const failure = toFailure(error);
  if (failure.code !== 'tool-failed' || !/no such file/i.test(failure.detail ?? '')) return failure;
  return new Failure('not-found', { message: `found no file "${from}"`, detail: failure.detail, cause: failure });
}
