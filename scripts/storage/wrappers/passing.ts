import { Readable } from 'node:stream';

/** Bytes that wait in a stream made here; a chunk is seldom larger. */
const WAITING_BYTES = 256 * 1024;

/**
 * A stream of what the generator gives of the body. It ends, fails and is destroyed together with the body, whose own
 * error is kept as it is.
 */
export function passing(body: Readable, through: (body: Readable) => AsyncGenerator<Buffer>): Readable {
  // The error of a body that breaks before it is being read is told when it is; without a listener it would end the
  // process.
  body.once('error', () => undefined);
  return streamOf(through(body), () => body.destroy());
}

/**
 * A stream of a generator's bytes. `end` is called as soon as the stream is destroyed; `Readable.from` would wait for
 * the generator, which may be waiting for a source that is silent for ever.
 */
export function streamOf(generator: AsyncGenerator<Buffer>, end: () => void): Readable {
  return new Readable({
    highWaterMark: WAITING_BYTES,
    read() {
      generator.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, done) {
      end();
      // Whatever its tidying up meets now is a consequence of this end.
      generator.return(undefined).catch(() => undefined);
      done(error);
    },
  });
}
