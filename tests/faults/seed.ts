/** Random numbers that can be had again: a test that fails prints its seed. */
import process from 'node:process';

/** A number from 0 up to 1, without 1. */
export type Random = () => number;

/** The seed of this run: HOLDFAST_SEED, else a new one. */
export const seed = Number(process.env.HOLDFAST_SEED ?? Math.trunc(Math.random() * 2 ** 31));

/** mulberry32: the same numbers for the same seed, on every machine. */
export function seededRandom(from: number): Random {
  let state = from | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many moments from 0 to 1, one in each part of equal length, in random order. */
export function spreadMoments(count: number, random: Random): number[] {
  const moments = Array.from({ length: count }, (_, index) => (index + random()) / count);
  for (let last = moments.length - 1; last > 0; last -= 1) {
    const other = Math.trunc(random() * (last + 1));
    [moments[last], moments[other]] = [moments[other] ?? 0, moments[last] ?? 0];
  }
  return moments;
}
