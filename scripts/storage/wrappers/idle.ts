import type { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import type { Storage, StorageOptions } from '../storage.ts';
import { passing } from './passing.ts';

/** Milliseconds without a sign of life. */
export interface IdleLimits {
  /** From a question to its answer. */
  readonly answer: number;
  /** Between two pieces of a stream, either way, and from its end to the answer. */
  readonly bytes: number;
}

/**
 * A storage that is given up where nothing moves for so long: a question without an answer, or a stream
 * of which no byte is taken or given. How long something takes as a whole does not matter, and neither how long the
 * source of a `put` is silent (a dump that waits for a lock). Throws Failure "timeout".
 *
 * `remove` and `sweep` are handed through: they may have to delete very much.
 */
export function withIdleLimit(storage: Storage, { answer, bytes }: IdleLimits): Storage {
  const limited = <Options extends StorageOptions, Result>(
    options: Options | undefined,
    work: (options: Options & StorageOptions) => Promise<Result>,
  ): Promise<Result> =>
    watched({ milliseconds: answer, location: storage.location, signal: options?.signal }, (watch) => {
      watch.begin();
      return work({ ...(options ?? ({} as Options)), signal: watch.signal });
    });
  return {
    ...storage,
    reserve: (set, options) => limited(options, (inner) => storage.reserve(set, inner)),
    publish: (set, options) => limited(options, (inner) => storage.publish(set, inner)),
    discard: (set, path, options) => limited(options, (inner) => storage.discard(set, path, inner)),
    add: (set, path, body, options) => limited(options, (inner) => storage.add(set, path, body, inner)),
    objects: (set, options) => limited(options, (inner) => storage.objects(set, inner)),
    entries: (options) => limited(options, (inner) => storage.entries(inner)),
    put: (set, path, body, options) =>
      watched({ milliseconds: bytes, location: storage.location, signal: options?.signal }, (watch) =>
        storage.put(set, path, whileTaken(body, watch), { ...options, signal: watch.signal }),
      ),
    get: async (set, path, options) =>
      whileGiven(await limited(options, () => storage.get(set, path, options)), {
        milliseconds: bytes,
        location: storage.location,
      }),
  };
}

/** What a watch is set to. */
interface WatchFacts {
  readonly milliseconds: number;
  readonly location: string;
  readonly signal?: AbortSignal | undefined;
}

/** Aborts `signal` when time has passed between `begin` and `end`. */
interface Watch {
  readonly signal: AbortSignal;
  begin(): void;
  end(): void;
}

/** Gives `work` a watch. Does not wait for work that does not hear the signal. */
async function watched<Result>(facts: WatchFacts, work: (watch: Watch) => Promise<Result>): Promise<Result> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = () => clearTimeout(timer);
  const begin = () => {
    end();
    timer = setTimeout(() => over.abort(silence(facts)), facts.milliseconds);
  };
  const signal = AbortSignal.any([over.signal, ...(facts.signal ? [facts.signal] : [])]);
  const given = new Promise<never>((_, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason));
  });
  try {
    return await Promise.race([work({ signal, begin, end }), given]);
  } finally {
    end();
  }
}

function silence({ milliseconds, location }: WatchFacts): Failure {
  return new Failure('timeout', { message: `"${location}" did not move for ${milliseconds / 1000} s` });
}

/** Time counts while the storage holds a chunk without asking for the next, and from the end to its answer. */
function whileTaken(body: Readable, watch: Watch): Readable {
  return passing(body, async function* (source) {
    for await (const chunk of source) {
      watch.begin();
      yield chunk;
      watch.end();
    }
    watch.begin();
  });
}

/** Time counts while the next chunk was asked for. */
function whileGiven(body: Readable, facts: WatchFacts): Readable {
  return passing(body, async function* (source) {
    const begin = () => setTimeout(() => source.destroy(silence(facts)), facts.milliseconds);
    let timer = begin();
    try {
      for await (const chunk of source) {
        clearTimeout(timer);
        yield chunk;
        timer = begin();
      }
    } finally {
      clearTimeout(timer);
    }
  });
}
