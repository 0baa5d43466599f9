import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Storage } from '../storage.ts';
import { passing } from './passing.ts';

/** Milliseconds of traffic that may come at once after a pause: enough not to wake up for every packet. */
const BURST = 250;

/** Takes note of bytes that are about to pass, and gives the milliseconds to wait before they may. */
export type Pace = (bytes: number) => number;

/** One pace for all streams that share it. `now` gives the milliseconds of a clock that never jumps. */
export function paceOf(bytesPerSecond: number, now: () => number = () => performance.now()): Pace {
  let free = now();
  return (bytes) => {
    const time = now();
    free = Math.max(free, time - BURST) + (bytes * 1000) / bytesPerSecond;
    return Math.max(0, free - time);
  };
}

/** A storage that takes and gives no more than this many bytes a second, in both directions and all streams together. */
export function withBandwidth(storage: Storage, bytesPerSecond: number): Storage {
  const pace = paceOf(bytesPerSecond);
  return {
    ...storage,
    put: (set, path, body, options) => storage.put(set, path, paced(body, pace, options?.signal), options),
    get: async (set, path, options) => paced(await storage.get(set, path, options), pace, options?.signal),
  };
}

/** The same bytes, later. A wait is a second at most for ordinary chunks, so only an abort needs to end it early. */
function paced(body: Readable, pace: Pace, signal: AbortSignal | undefined): Readable {
  return passing(body, async function* (source) {
    for await (const chunk of source) {
      const wait = pace(chunk.length);
      if (wait > 0) await setTimeout(wait, undefined, { ...(signal && { signal }) });
      yield chunk;
    }
  });
}
