import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../common/failure.ts';
import { storageFailure } from '../failures.ts';
import { refuseAborted } from '../interruption.ts';
import { rcloneFailure } from './failures.ts';
import { type RcloneCall, type RcloneSettings, startRclone } from './program.ts';

/** Bytes that wait for rclone. */
const WAITING_BYTES = 1024 * 1024;

/**
 * Streams `body` into `rclone rcat`; gives the number of bytes sent. rclone takes the end of its input for the end of
 * the object, so on any failure it is stopped while its input is still open: it must never see an end that is none.
 * What it wrote until then may be there when this throws.
 */
export async function upload(
  settings: RcloneSettings,
  target: string,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  refuseAborted(signal);
  const call = startRclone(settings, ['rcat', target]);
  let bytes = 0;
  const sink = sinkInto(call, (more) => {
    bytes += more;
  });
  try {
    await pipeline(body, sink, { ...(signal && { signal }) });
    return bytes;
  } catch (error) {
    call.stop();
    // "tool-missing" says more than the broken pipe that follows from it.
    await call.ended;
    throw storageFailure(error, `cannot send "${target}"`);
  }
}

function sinkInto({ stdin, ended, stop }: RcloneCall, count: (bytes: number) => void): Writable {
  let isAllSent = false;
  const sink = new Writable({
    highWaterMark: WAITING_BYTES,
    write(chunk: Buffer, _encoding, done) {
      count(chunk.length);
      if (stdin.write(chunk)) done();
      else stdin.once('drain', done);
    },
    final(done) {
      isAllSent = true;
      stdin.end();
      ended.then((end) => done(end.code === 0 ? null : rcloneFailure(end, 'rcat')), done);
    },
    destroy(error, done) {
      if (error !== null) stop();
      ended.then(
        () => done(error),
        () => done(error),
      );
    },
  });
  const endedEarly = (why: Error) => {
    if (!isAllSent) sink.destroy(why);
  };
  // One that ends while we still send takes no more bytes, and a slow source would not notice for a long time.
  ended.then((end) => endedEarly(rcloneFailure(end, 'rcat')), endedEarly);
  return sink;
}

/**
 * Reads an object of a known size through `rclone cat`. The end is one only when rclone ended well and every byte came;
 * else the stream breaks with the Failure of rclone or "broken-stream".
 */
export function download(
  settings: RcloneSettings,
  source: string,
  size: number,
  signal: AbortSignal | undefined,
): Readable {
  const call = startRclone(settings, ['cat', source]);
  call.stdin.end();
  return Readable.from(checked(call, source, size, signal), { objectMode: false });
}

async function* checked(
  call: RcloneCall,
  source: string,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  signal?.addEventListener('abort', call.stop);
  try {
    let bytes = 0;
    for await (const chunk of call.stdout) {
      bytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    const end = await call.ended;
    refuseAborted(signal);
    if (end.code !== 0) throw rcloneFailure(end, 'cat');
    if (bytes !== size) {
      throw new Failure('broken-stream', { message: `"${source}" ended after ${bytes} bytes, expected ${size}` });
    }
  } finally {
    signal?.removeEventListener('abort', call.stop);
    // A reader that stopped in the middle leaves it writing into nothing.
    call.stop();
  }
}
